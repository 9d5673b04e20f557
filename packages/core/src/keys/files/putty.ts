/** PuTTY's .ppk files, versions 3 and 2 (appendix C of its manual). Version 2 is only read. */
import { cbc } from '@noble/ciphers/aes.js';
import { argon2dAsync, argon2iAsync, argon2idAsync } from '@noble/hashes/argon2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import { equalBytes } from '../../crypto/provider.js';
import { randomBytes } from '../../crypto/random.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { string, text } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { isKeyTypeName } from '../key-types.js';
import { refuseMalformed } from '../openssh-key-file.js';
import type { PrivateKey } from '../private-key.js';
import { shown } from '../public-key.js';
import { malformed, partsOf, privateKeyOf } from './key-parts.js';
import type { OpenFileOptions } from './openssh.js';
import { askPassphrase, newPassphrase, wrongPassphrase } from './passphrase.js';
import { encodePuttyPrivate, readPuttyPrivate } from './putty-fields.js';
import { formatPuttyText, parsePuttyText, type Argon2Cost, type PuttyText } from './putty-text.js';

const BLOCK_LENGTH = 16;
const CIPHER_KEY_LENGTH = 32;
const MAC_KEY_LENGTH = 32;
const SALT_LENGTH = 16;
/** PuTTY's defaults, with the memory in KiB. */
const COST = { flavour: 'Argon2id', memory: 8192, parallelism: 1 } as const;
/** What PuTTY's target of 0.1 s means on a machine of 2020; here it takes nearly a second. */
const DEFAULT_PASSES = 13;
const MAXIMUM_PASSES = 128;
/** Yields to the event loop after this many ms. */
const SLICE = 10;

const argon2 = { Argon2id: argon2idAsync, Argon2i: argon2iAsync, Argon2d: argon2dAsync } as const;
const authenticated = record({ type: text, encryption: text, comment: text, publicKey: string, secret: string });
const utf8 = new TextEncoder();

/** The keys that encrypt and authenticate a file. */
interface PuttyKeys {
  readonly cipherKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
  readonly macHash: CHash;
}

/** Version 3: one derivation for all three; unencrypted files are authenticated with the empty key. */
async function argon2Keys(passphrase: Uint8Array, cost: Argon2Cost, signal?: AbortSignal): Promise<PuttyKeys> {
  const keys = await argon2[cost.flavour](passphrase, cost.salt, {
    m: cost.memory,
    t: cost.passes,
    p: cost.parallelism,
    dkLen: CIPHER_KEY_LENGTH + BLOCK_LENGTH + MAC_KEY_LENGTH,
    asyncTick: SLICE,
    onProgress: () => signal?.throwIfAborted(),
  });
  return {
    cipherKey: keys.subarray(0, CIPHER_KEY_LENGTH),
    iv: keys.subarray(CIPHER_KEY_LENGTH, CIPHER_KEY_LENGTH + BLOCK_LENGTH),
    macKey: keys.subarray(CIPHER_KEY_LENGTH + BLOCK_LENGTH),
    macHash: sha256,
  };
}

/** Version 2: SHA-1 of the passphrase, once. */
function sha1Keys(passphrase: Uint8Array): PuttyKeys {
  const digest = (counter: number) => sha1(concatenate([Uint8Array.of(0, 0, 0, counter), passphrase]));
  return {
    cipherKey: concatenate([digest(0), digest(1)]).subarray(0, CIPHER_KEY_LENGTH),
    iv: new Uint8Array(BLOCK_LENGTH),
    macKey: sha1(concatenate([utf8.encode('putty-private-key-file-mac-key'), passphrase])),
    macHash: sha1,
  };
}

const NO_BYTES = new Uint8Array(0);
const noKeys: PuttyKeys = { cipherKey: NO_BYTES, iv: NO_BYTES, macKey: NO_BYTES, macHash: sha256 };

async function keysOf(file: PuttyText, { passphrase, signal }: OpenFileOptions): Promise<PuttyKeys> {
  const bytes = file.encryption === 'none' ? NO_BYTES : await askPassphrase(passphrase);
  if (file.version === 2) return sha1Keys(bytes);
  return file.cost === undefined ? noKeys : argon2Keys(bytes, file.cost, signal);
}

/** Covers the secret as it is before encryption. */
function macOf({ macKey, macHash }: PuttyKeys, file: Omit<PuttyText, 'version' | 'cost' | 'mac'>): Uint8Array {
  return hmac(macHash, macKey, authenticated.encode(file));
}

/** @throws KeyFileError, or what the passphrase function or the signal throws. */
export async function parsePuttyKey(text: string, options: OpenFileOptions): Promise<PrivateKey> {
  const file = parsePuttyText(text);
  const { type, publicKey, encryption, comment } = file;
  if (!isKeyTypeName(type)) throw new KeyFileError('unsupported', `the key type ${shown(type)} is not supported`);
  if (encryption !== 'none' && file.secret.length % BLOCK_LENGTH !== 0) throw malformed('it is not whole blocks');
  const keys = await keysOf(file, options);
  const secret =
    encryption === 'none' ? file.secret : cbc(keys.cipherKey, keys.iv, { disablePadding: true }).decrypt(file.secret);
  // Security: the secret is not parsed before the MAC shows that PuTTY wrote it.
  if (!equalBytes(macOf(keys, { ...file, secret }), file.mac)) {
    // Interop: PuTTY on Windows wrote comments in the system's code page. What UTF-8 cannot read is lost to the MAC.
    if (comment.includes('\uFFFD')) throw malformed('its comment is not UTF-8; `puttygen -C` gives the key another');
    throw encryption === 'none' ? malformed('its MAC does not hold') : wrongPassphrase();
  }
  const parts = refuseMalformed(() => readPuttyPrivate(type, publicKey, secret));
  return privateKeyOf(parts, { comment, crypto: options.crypto });
}

export interface FormatPuttyOptions {
  /** If given, the key is encrypted with Argon2id and AES-256. */
  readonly passphrase?: string;
  /** Passes of Argon2id over 8 MiB: 1 to 128, 13 by default. Each makes guessing, and opening, some 60 ms slower. */
  readonly passes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The text of a .ppk file of version 3, for PuTTY 0.75 and later. Security: without a passphrase this is the key.
 * @throws ConfigurationError for a comment with a line end, passes out of bounds, or an unusable passphrase.
 */
export async function formatPuttyKeyFile(
  key: PrivateKey,
  { passphrase, passes = DEFAULT_PASSES, signal }: FormatPuttyOptions = {},
): Promise<string> {
  const { type, comment, publicKey } = key;
  const plain = encodePuttyPrivate(partsOf(key));
  if (passphrase === undefined) {
    const file = { type, comment, publicKey, encryption: 'none', secret: plain } as const;
    return formatPuttyText({ ...file, version: 3, cost: undefined, mac: macOf(noKeys, file) });
  }
  if (!Number.isInteger(passes) || passes < 1 || passes > MAXIMUM_PASSES) {
    throw new ConfigurationError(`Argon2 makes 1 to ${MAXIMUM_PASSES} passes, not ${passes}`);
  }
  const cost = { ...COST, passes, salt: randomBytes(SALT_LENGTH) };
  const keys = await argon2Keys(newPassphrase(passphrase), cost, signal);
  const secret = concatenate([plain, randomBytes((BLOCK_LENGTH - (plain.length % BLOCK_LENGTH)) % BLOCK_LENGTH)]);
  const file = { type, comment, publicKey, encryption: 'aes256-cbc', secret } as const;
  const sealed = cbc(keys.cipherKey, keys.iv, { disablePadding: true }).encrypt(secret);
  return formatPuttyText({ ...file, version: 3, cost, mac: macOf(keys, file), secret: sealed });
}

/** OpenSSH's PROTOCOL.key: key files with a passphrase. */
import type { CryptoSource } from '../../crypto/provider.js';
import { randomBytes } from '../../crypto/random.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { string, uint32 } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import {
  encodeSecret,
  formatEnvelope,
  formatPrivateKey,
  hasEqualChecks,
  parseEnvelope,
  readSecret,
  refuseMalformed,
  type KeyEnvelope,
} from '../openssh-key-file.js';
import type { PrivateKey } from '../private-key.js';
import { shown } from '../public-key.js';
import type { BcryptOptions } from './bcrypt-kdf.js';
import { malformed, partsOf, privateKeyOf } from './key-parts.js';
import { fileCiphers, isFileCipherName, type FileCipher, type FileCipherName } from './openssh-ciphers.js';
import { askPassphrase, newPassphrase, wrongPassphrase, type Passphrase } from './passphrase.js';

const bcryptOptions = record({ salt: string, rounds: uint32 });
const SALT_LENGTH = 16;
/** ssh-keygen's default since OpenSSH 9.4: about half a second in JavaScript. */
const DEFAULT_ROUNDS = 24;
/** Security: a file determines the time it takes to open it. This many rounds take some ten seconds. */
const MAXIMUM_ROUNDS = 512;
const MAXIMUM_SALT_LENGTH = 256;

export interface OpenFileOptions {
  readonly passphrase: Passphrase | undefined;
  readonly crypto: CryptoSource;
  readonly signal?: AbortSignal | undefined;
}

export interface FormatOpenSshOptions {
  /** No encryption by default. */
  readonly passphrase?: string;
  /** bcrypt rounds, as `ssh-keygen -a`: 1 to 512, 24 by default. Each makes guessing and opening some 20 ms slower. */
  readonly rounds?: number;
  /** As `ssh-keygen -Z`; aes256-ctr by default. */
  readonly cipher?: FileCipherName;
  readonly signal?: AbortSignal;
}

/** Imported only when there is a passphrase: most programs have none. */
async function deriveKey(passphrase: Uint8Array, cipher: FileCipher, options: Omit<BcryptOptions, 'length'>) {
  const { bcryptKey } = await import('./bcrypt-kdf.js');
  const bytes = await bcryptKey(passphrase, { ...options, length: cipher.keyLength + cipher.ivLength });
  return { key: bytes.subarray(0, cipher.keyLength), iv: bytes.subarray(cipher.keyLength) };
}

/** A file's encryption, within bounds. @throws KeyFileError */
function encryptionOf(envelope: Omit<KeyEnvelope, 'publicKey'>): {
  cipher: FileCipher;
  salt: Uint8Array;
  rounds: number;
} {
  if (!isFileCipherName(envelope.cipher) || envelope.kdf !== 'bcrypt') {
    const named = `${shown(envelope.cipher)} and ${shown(envelope.kdf)}`;
    throw new KeyFileError('unsupported', `the private key is encrypted by ${named}, which are not supported`);
  }
  const { salt, rounds } = refuseMalformed(() => bcryptOptions.decode(envelope.kdfOptions));
  const cipher = fileCiphers[envelope.cipher];
  const { length } = envelope.secret;
  const isWhole = length >= cipher.blockLength && length % cipher.blockLength === 0;
  if (!isWhole || envelope.tag.length !== cipher.tagLength || salt.length === 0 || rounds === 0) {
    throw malformed('its encryption has a length that cannot be');
  }
  if (rounds > MAXIMUM_ROUNDS || salt.length > MAXIMUM_SALT_LENGTH) {
    throw new KeyFileError(
      'too-costly',
      `the private key asks for ${rounds} rounds, at most ${MAXIMUM_ROUNDS} are made`,
    );
  }
  return { cipher, salt, rounds };
}

/** Decrypts a file. @throws KeyFileError, or what the passphrase function or the signal throws. */
export async function openSecret(
  file: string,
  { passphrase, signal }: Omit<OpenFileOptions, 'crypto'>,
): Promise<Pick<KeyEnvelope, 'secret' | 'publicKey'>> {
  const { publicKey, ...envelope } = parseEnvelope(file);
  if (envelope.cipher === 'none') {
    if (envelope.tag.length > 0) throw malformed('it goes on behind its end');
    return { publicKey, secret: envelope.secret };
  }
  const { cipher, salt, rounds } = encryptionOf(envelope);
  const { key, iv } = await deriveKey(await askPassphrase(passphrase), cipher, { salt, rounds, signal });
  const secret = cipher.open(key, iv, concatenate([envelope.secret, envelope.tag]));
  if (secret === undefined || !hasEqualChecks(secret)) throw wrongPassphrase();
  return { publicKey, secret };
}

/**
 * Reads a file, encrypted or not. @throws KeyFileError, or what the passphrase function or the signal throws.
 * Security: the public half is computed, as with other formats: in the file it may be another key's.
 */
export async function parseOpenSshKeyFile(file: string, { crypto, ...options }: OpenFileOptions): Promise<PrivateKey> {
  const { secret, publicKey } = await openSecret(file, options);
  const key = readSecret(secret, publicKey, crypto);
  return privateKeyOf(partsOf(key), { comment: key.comment, crypto });
}

/**
 * The text of a key file as `ssh-keygen` writes it. @throws ConfigurationError for rounds out of bounds or an unusable
 * passphrase.
 * Security: without a passphrase this is the key.
 */
export async function formatOpenSshKeyFile(
  privateKey: PrivateKey,
  { passphrase, rounds = DEFAULT_ROUNDS, cipher: name = 'aes256-ctr', signal }: FormatOpenSshOptions = {},
): Promise<string> {
  if (passphrase === undefined) return formatPrivateKey(privateKey);
  const bytes = newPassphrase(passphrase);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAXIMUM_ROUNDS) {
    throw new ConfigurationError(`bcrypt has 1 to ${MAXIMUM_ROUNDS} rounds, not ${rounds}`);
  }
  if (!isFileCipherName(name)) throw new ConfigurationError('key files cannot be encrypted with this cipher');
  const cipher: FileCipher = fileCiphers[name];
  const salt = randomBytes(SALT_LENGTH);
  const { key, iv } = await deriveKey(bytes, cipher, { salt, rounds, signal });
  const sealed = cipher.seal(key, iv, encodeSecret(privateKey, cipher.blockLength));
  return formatEnvelope({
    cipher: name,
    kdf: 'bcrypt',
    kdfOptions: bcryptOptions.encode({ salt, rounds }),
    publicKey: privateKey.publicKey,
    secret: sealed.subarray(0, sealed.length - cipher.tagLength),
    tag: sealed.subarray(sealed.length - cipher.tagLength),
  });
}

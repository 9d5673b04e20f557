/** RFC 8018 §6.2: PBES2 with PBKDF2 (§5.2) or scrypt (RFC 7914 §7), and AES-CBC. */
import { cbc } from '@noble/ciphers/aes.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { randomBytes } from '../../crypto/random.js';
import { KeyFileError, ProtocolError } from '../../errors.js';
import { der, derIdentifier, derInteger, DerReader, INTEGER, OCTET_STRING, SEQUENCE } from './der.js';
import { decryptCbc } from './pem-encryption.js';

const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const SCRYPT = '2b06010401da47040b';
const AES_256_CBC = '60864801650304012a';
const AES_KEY_LENGTHS = new Map([
  ['608648016503040102', 16],
  ['608648016503040116', 24],
  [AES_256_CBC, 32],
]);
const HMAC_WITH_SHA1 = '2a864886f70d0207';
const HASHES = new Map([
  [HMAC_WITH_SHA1, sha1],
  ['2a864886f70d0209', sha256],
  ['2a864886f70d020a', sha384],
  ['2a864886f70d020b', sha512],
]);
const BLOCK_LENGTH = 16;
const SALT_LENGTH = 16;

/** Security: a file determines the time to open it. This many iterations take some seconds; OpenSSL's default is 2048. */
const MAXIMUM_ITERATIONS = 1_000_000;
/** N r p, in blocks of 128 bytes: OpenSSL's default is 2^17, and 2^20 is 128 MiB. */
const MAXIMUM_SCRYPT_BLOCKS = 2 ** 20;
/** r p, in the same blocks: so much is hashed at once before and after, without a turn for anything else; OpenSSL takes 8. */
const MAXIMUM_SCRYPT_WIDTH = 512;
const MAXIMUM_SALT_LENGTH = 1024;
/** OpenSSL's default, which it also accepts: it refuses more memory unless told otherwise. */
const DEFAULT_COST = { N: 2 ** 14, r: 8, p: 1 };
/** Yields to the event loop after this many ms. */
const SLICE = 10;

type Derive = (passphrase: Uint8Array, length: number, signal: AbortSignal | undefined) => Promise<Uint8Array>;

function unsupported(what: string): KeyFileError {
  return new KeyFileError('unsupported', `the private key is encrypted by ${what} that is not supported`);
}

function tooCostly(what: string): KeyFileError {
  return new KeyFileError('too-costly', `the private key asks for more ${what} than are spent on a file`);
}

/** An optional keyLength must match the cipher's. */
function skipKeyLength(reader: DerReader, keyLength: number): void {
  if (reader.isNext(INTEGER) && reader.number() !== keyLength) throw new ProtocolError('a key is of another length');
}

function readSalt(reader: DerReader): Uint8Array {
  const salt = reader.read(OCTET_STRING);
  if (salt.length > MAXIMUM_SALT_LENGTH) throw tooCostly('salt');
  return salt;
}

function readPbkdf2(reader: DerReader, keyLength: number): Derive {
  const salt = readSalt(reader);
  const iterations = reader.number();
  if (iterations === 0) throw new ProtocolError('there are no iterations');
  if (iterations > MAXIMUM_ITERATIONS) throw tooCostly('iterations');
  skipKeyLength(reader, keyLength);
  const hash = HASHES.get(reader.isNext(SEQUENCE) ? reader.sequence().identifier() : HMAC_WITH_SHA1);
  if (hash === undefined) throw unsupported('a hash');
  reader.end();
  return async (passphrase, dkLen, signal) => {
    signal?.throwIfAborted();
    return pbkdf2Async(hash, passphrase, salt, { c: iterations, dkLen, asyncTick: SLICE });
  };
}

function readScrypt(reader: DerReader, keyLength: number): Derive {
  const salt = readSalt(reader);
  const N = reader.number();
  const r = reader.number();
  const p = reader.number();
  skipKeyLength(reader, keyLength);
  reader.end();
  if (N * r * p > MAXIMUM_SCRYPT_BLOCKS || r * p > MAXIMUM_SCRYPT_WIDTH) throw tooCostly('rounds or memory');
  if (N < 2 || !Number.isInteger(Math.log2(N)) || r < 1 || p < 1) throw new ProtocolError('its cost is no cost');
  return (passphrase, dkLen, signal) =>
    scryptAsync(passphrase, salt, { N, r, p, dkLen, asyncTick: SLICE, onProgress: () => signal?.throwIfAborted() });
}

/**
 * EncryptedPrivateKeyInfo (RFC 5958 §3). @returns a function that decrypts it, given the passphrase.
 * @throws KeyFileError and ProtocolError if it is malformed, too costly, or encrypted in another way.
 */
export function readPbes2(
  bytes: Uint8Array,
): (passphrase: Uint8Array, signal: AbortSignal | undefined) => Promise<Uint8Array> {
  const whole = new DerReader(bytes);
  const outer = whole.sequence();
  whole.end();
  const algorithm = outer.sequence();
  const sealed = outer.read(OCTET_STRING);
  outer.end();
  if (algorithm.identifier() !== PBES2) throw unsupported('a scheme older than PBES2');
  const parameters = algorithm.sequence();
  const derivation = parameters.sequence();
  const scheme = parameters.sequence();
  const keyLength = AES_KEY_LENGTHS.get(scheme.identifier());
  if (keyLength === undefined) throw unsupported('a cipher');
  const iv = scheme.read(OCTET_STRING);
  if (iv.length !== BLOCK_LENGTH || sealed.length === 0 || sealed.length % BLOCK_LENGTH !== 0)
    throw new ProtocolError('its encryption has a length that cannot be');
  const name = derivation.identifier();
  if (name !== PBKDF2 && name !== SCRYPT) throw unsupported('a key derivation');
  const derive = (name === PBKDF2 ? readPbkdf2 : readScrypt)(derivation.sequence(), keyLength);
  return async (passphrase, signal) => decryptCbc(await derive(passphrase, keyLength, signal), iv, sealed);
}

/** Encrypts with scrypt and AES-256, at OpenSSL's cost. */
export async function sealPbes2(secret: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const salt = randomBytes(SALT_LENGTH);
  const iv = randomBytes(BLOCK_LENGTH);
  const key = await scryptAsync(passphrase, salt, { ...DEFAULT_COST, dkLen: 32, asyncTick: SLICE });
  const { N, r, p } = DEFAULT_COST;
  const cost = [Uint8Array.of(N >> 8, N & 0xff), Uint8Array.of(r), Uint8Array.of(p)].map(derInteger);
  const derivation = der(SEQUENCE, derIdentifier(SCRYPT), der(SEQUENCE, der(OCTET_STRING, salt), ...cost));
  const scheme = der(SEQUENCE, derIdentifier(AES_256_CBC), der(OCTET_STRING, iv));
  const algorithm = der(SEQUENCE, derIdentifier(PBES2), der(SEQUENCE, derivation, scheme));
  return der(SEQUENCE, algorithm, der(OCTET_STRING, cbc(key, iv).encrypt(secret)));
}

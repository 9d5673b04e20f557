/** RFC 1421 §4.6 as in OpenSSL: `Proc-Type: 4,ENCRYPTED` and `DEK-Info`, with a key from one round of MD5. Reading only. */
import { cbc } from '@noble/ciphers/aes.js';
import { md5 } from '@noble/hashes/legacy.js';
import { KeyFileError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { shown } from '../public-key.js';
import { malformed } from './key-parts.js';
import { wrongPassphrase } from './passphrase.js';
import type { PemBlock } from './pem.js';

const KEY_LENGTHS = new Map([
  ['AES-128-CBC', 16],
  ['AES-192-CBC', 24],
  ['AES-256-CBC', 32],
]);
const BLOCK_LENGTH = 16;
const SALT_LENGTH = 8;

export function isEncryptedPem({ headers }: PemBlock): boolean {
  return headers.has('dek-info') || headers.get('proc-type') === '4,ENCRYPTED';
}

/** A function that decrypts a block, given the passphrase. @throws KeyFileError if the encryption is not supported. */
export function pemDecryption({ headers, bytes }: PemBlock): (passphrase: Uint8Array) => Uint8Array {
  const [cipher = '', ivDigits = ''] = (headers.get('dek-info') ?? '').trim().split(',');
  const keyLength = KEY_LENGTHS.get(cipher);
  if (keyLength === undefined) {
    throw new KeyFileError('unsupported', `the private key is encrypted by ${shown(cipher)}, which is not supported`);
  }
  if (!/^[0-9A-Fa-f]{32}$/.test(ivDigits)) throw malformed('its initialization vector is no 16 bytes');
  if (bytes.length === 0 || bytes.length % BLOCK_LENGTH !== 0) throw malformed('it is not whole blocks');
  const iv = Uint8Array.from(ivDigits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return (passphrase) => decryptCbc(md5Key(passphrase, iv.subarray(0, SALT_LENGTH), keyLength), iv, bytes);
}

/** AES-CBC with the padding of RFC 5652 §6.3. @throws KeyFileError if the padding is wrong. */
export function decryptCbc(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return cbc(key, iv).decrypt(sealed);
  } catch {
    throw wrongPassphrase();
  }
}

/** OpenSSL's EVP_BytesToKey with one round. */
function md5Key(passphrase: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const digests: Uint8Array[] = [];
  for (let made = 0; made < length; made += md5.outputLen) {
    digests.push(md5(concatenate([digests.at(-1) ?? new Uint8Array(0), passphrase, salt])));
  }
  return concatenate(digests).subarray(0, length);
}

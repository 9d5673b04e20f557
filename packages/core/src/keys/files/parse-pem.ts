/** Private keys in PEM form, encrypted or not; the label names the contents. */
import { KeyFileError } from '../../errors.js';
import { refuseMalformed } from '../openssh-key-file.js';
import type { PrivateKey } from '../private-key.js';
import { shown } from '../public-key.js';
import { privateKeyOf, type ReadParts } from './key-parts.js';
import type { OpenFileOptions } from './openssh.js';
import { askPassphrase, wrongPassphrase } from './passphrase.js';
import { readPbes2 } from './pbes2.js';
import { isEncryptedPem, pemDecryption } from './pem-encryption.js';
import type { PemBlock } from './pem.js';
import { readPkcs8 } from './pkcs8.js';
import { readEcPrivateKey, readRsaPrivateKey } from './traditional.js';

type Read = (bytes: Uint8Array) => ReadParts;

const readers = new Map<string, Read>([
  ['PRIVATE KEY', readPkcs8],
  ['RSA PRIVATE KEY', readRsaPrivateKey],
  ['EC PRIVATE KEY', (bytes) => readEcPrivateKey(bytes)],
]);

/** These formats do not authenticate the decrypted data: if it is not a key, the passphrase was wrong. */
function readDecrypted(read: Read, bytes: Uint8Array): ReadParts {
  try {
    return refuseMalformed(() => read(bytes));
  } catch (error) {
    throw error instanceof KeyFileError && error.problem === 'malformed' ? wrongPassphrase() : error;
  }
}

/** @throws KeyFileError, or what the passphrase function or the signal throws. */
export async function parsePemKey(
  block: PemBlock,
  { passphrase, crypto, signal }: OpenFileOptions,
): Promise<PrivateKey> {
  const origin = { comment: '', crypto };
  if (block.label === 'ENCRYPTED PRIVATE KEY') {
    const decrypt = refuseMalformed(() => readPbes2(block.bytes));
    const plain = await decrypt(await askPassphrase(passphrase), signal);
    return privateKeyOf(readDecrypted(readPkcs8, plain), origin);
  }
  const read = readers.get(block.label);
  if (read === undefined) throw new KeyFileError('unsupported', `a key named ${shown(block.label)} is not supported`);
  if (isEncryptedPem(block)) {
    const decrypt = pemDecryption(block);
    return privateKeyOf(readDecrypted(read, decrypt(await askPassphrase(passphrase))), origin);
  }
  return privateKeyOf(
    refuseMalformed(() => read(block.bytes)),
    origin,
  );
}

/** Private key files of every supported format, recognized by their text. */
import { portableCrypto } from '../../crypto/portable.js';
import type { CryptoSource } from '../../crypto/provider.js';
import { KeyFileError } from '../../errors.js';
import { isOpenSshKeyFile } from '../openssh-key-file.js';
import type { PrivateKey } from '../private-key.js';
import { parseOpenSshKeyFile } from './openssh.js';
import { parsePemKey } from './parse-pem.js';
import type { Passphrase } from './passphrase.js';
import { parsePem } from './pem.js';
import { isPuttyText } from './putty-text.js';

/** Security: a longer text is not a key. In UTF-16 units: 8192-bit RSA takes 7000 in any format. */
const LONGEST_FILE = 2 ** 16;

export interface ParsePrivateKeyFileOptions {
  /** Asked for once, and only if the file is encrypted. */
  readonly passphrase?: Passphrase;
  /** What the key signs with; the portable provider by default. */
  readonly crypto?: CryptoSource;
  /** Aborts a long key derivation. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the text of a private key file.
 * @throws KeyFileError, whose `problem` distinguishes a wrong passphrase, a missing one, and a file that is not a key;
 * or what the passphrase function or the signal throws. Messages reveal nothing of the key.
 */
export async function parsePrivateKeyFile(
  file: string,
  { passphrase, crypto = portableCrypto, signal }: ParsePrivateKeyFileOptions = {},
): Promise<PrivateKey> {
  if (file.length > LONGEST_FILE) throw new KeyFileError('unknown-format', 'the file is too long for a private key');
  const options = { passphrase, crypto, signal };
  if (isOpenSshKeyFile(file)) return parseOpenSshKeyFile(file, options);
  if (isPuttyText(file)) {
    const { parsePuttyKey } = await import('./putty.js');
    return parsePuttyKey(file, options);
  }
  const pem = parsePem(file);
  if (pem !== undefined) return parsePemKey(pem, options);
  throw new KeyFileError('unknown-format', 'this is no private key in a form that is known');
}

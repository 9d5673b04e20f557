/** Private key files of every form that is known: the text itself says which it is. */
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

/** Security: a longer text is no key. In UTF-16 units: RSA of 8192 bits takes 7000 in any form. */
const LONGEST_FILE = 2 ** 16;

export interface ParsePrivateKeyFileOptions {
  /** Asked for once, and only where the file is encrypted. */
  readonly passphrase?: Passphrase;
  /** What the key signs with: the portable provider if not given. */
  readonly crypto?: CryptoSource;
  /** Gives up on a long key derivation. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the text of a private key file.
 * @throws KeyFileError, of which `problem` tells a wrong passphrase from a missing one and from a file that is no key; or what
 * the passphrase's function or the signal throws. Nothing of the key is in a message.
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

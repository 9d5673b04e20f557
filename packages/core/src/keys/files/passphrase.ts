/** Passphrases of key files: asked for once, and only if needed. */
import type { Awaitable } from '../../crypto/provider.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';

/** The passphrase, or a function that asks for it; undefined if there is none after all. */
export type Passphrase = string | (() => Awaitable<string | undefined>);

/** In UTF-8; OpenSSH reads lines of 1023 bytes. */
const LONGEST_PASSPHRASE = 1024;
const utf8 = new TextEncoder();

/** The passphrase that opens a file, in UTF-8. @throws KeyFileError if there is none. */
export async function askPassphrase(passphrase: Passphrase | undefined): Promise<Uint8Array> {
  const answer = typeof passphrase === 'function' ? await passphrase() : passphrase;
  if (answer === undefined || answer === '') {
    throw new KeyFileError('passphrase-required', 'the private key is encrypted, and there is no passphrase');
  }
  const bytes = utf8.encode(answer);
  if (bytes.length > LONGEST_PASSPHRASE) throw wrongPassphrase();
  return bytes;
}

/** A passphrase for encrypting a file, in UTF-8. @throws ConfigurationError for one that would not open it again. */
export function newPassphrase(passphrase: string): Uint8Array {
  const bytes = utf8.encode(passphrase);
  if (bytes.length === 0 || bytes.length > LONGEST_PASSPHRASE) {
    throw new ConfigurationError(`a passphrase has 1 to ${LONGEST_PASSPHRASE} bytes`);
  }
  return bytes;
}

export function wrongPassphrase(): KeyFileError {
  return new KeyFileError('wrong-passphrase', 'the passphrase is wrong, or the private key is damaged');
}

/** Keys that sign by the portable provider, where no other is given. */
import { portableCrypto } from '../crypto/portable.js';
import type { CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { isKeyTypeName, keyTypes, type KeyTypeName } from './key-types.js';
import { readPrivateKey } from './openssh-key-file.js';
import { makeKey, type GenerateKeyOptions, type PrivateKey } from './private-key.js';

export interface ParsePrivateKeyOptions {
  /** What the key signs with: the portable provider if not given. */
  readonly crypto?: CryptoSource;
}

/**
 * Reads the text of an OpenSSH key file.
 * @throws KeyFileError where it is encrypted, malformed, or in another form. Nothing of the key is in the message.
 */
export function parsePrivateKey(file: string, { crypto = portableCrypto }: ParsePrivateKeyOptions = {}): PrivateKey {
  return readPrivateKey(file, crypto);
}

/** @throws ConfigurationError for a type that does not exist, or a size that is out of bounds. */
export async function generateKey(
  type: KeyTypeName,
  { crypto = portableCrypto, ...options }: GenerateKeyOptions = {},
): Promise<PrivateKey> {
  if (!isKeyTypeName(type))
    throw new ConfigurationError(
      `there is no key type "${String(type)}"; there are ${Object.keys(keyTypes).join(', ')}`,
    );
  return makeKey(crypto, type, keyTypes[type].generate, options);
}

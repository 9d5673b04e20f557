/** Keys that sign with the portable provider by default. */
import { portableCrypto } from '../crypto/portable.js';
import type { CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { isKeyTypeName, keyTypes, type KeyTypeName } from './key-types.js';
import { readPrivateKey } from './openssh-key-file.js';
import { makeKey, type GenerateKeyOptions, type PrivateKey } from './private-key.js';

export interface ParsePrivateKeyOptions {
  /** What the key signs with; the portable provider by default. */
  readonly crypto?: CryptoSource;
}

/**
 * Reads the text of an OpenSSH key file.
 * @throws KeyFileError if it is encrypted, malformed, or in another format. The message reveals nothing of the key.
 */
export function parsePrivateKey(file: string, { crypto = portableCrypto }: ParsePrivateKeyOptions = {}): PrivateKey {
  return readPrivateKey(file, crypto);
}

/** @throws ConfigurationError for an unknown type, or a size out of bounds. */
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

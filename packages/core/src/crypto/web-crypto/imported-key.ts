/** Web Cryptography §14.3.9: importing a secret key from raw bytes. */

const ignore = (): void => undefined;

/** Imports the key once; calls that come before that is done wait for it. */
export function importedKey(
  subtle: SubtleCrypto,
  key: Uint8Array,
  algorithm: string | object,
  usages: readonly string[],
): Promise<CryptoKey> {
  const imported = subtle.importKey('raw', key, algorithm, false, usages);
  // If it fails, the callers who use the key get the error.
  imported.catch(ignore);
  return imported;
}

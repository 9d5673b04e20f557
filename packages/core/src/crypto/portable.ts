/** The default provider. It is loaded only when needed: evaluating it takes tens of ms and over a MiB of tables. */
import type { CryptoProvider } from './provider.js';

export async function portableCrypto(): Promise<CryptoProvider> {
  const { portable } = await import('./portable-provider.js');
  return portable;
}

/** The provider of those who chose none. It is loaded only then: evaluating it costs tens of ms and over a MiB of tables. */
import type { CryptoProvider } from './provider.js';

export async function portableCrypto(): Promise<CryptoProvider> {
  const { portable } = await import('./portable-provider.js');
  return portable;
}

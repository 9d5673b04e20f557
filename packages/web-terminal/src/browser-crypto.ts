/** Web Cryptography in a browser: the provider for `crypto` of `createServer` and `connect`. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';

/** Asks once what this browser has natively; the rest is JavaScript. */
export async function browserCrypto(): Promise<CryptoProvider> {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  // Interop: what Chromium 156 gives lies outside of V8's heap, where dead memory gathers by tens of MiB before V8 looks. Sent
  // to a port that nobody has, it is freed at once, and sealing takes half of the time.
  return webCrypto({ release: (result) => port1.postMessage(undefined, [result]) });
}

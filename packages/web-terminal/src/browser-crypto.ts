/** Web Cryptography in a browser: the provider for `crypto` of `createServer` and `connect`. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { chacha20, poly1305 } from '@nacre/core/wasm/chacha20-poly1305';
import { webCrypto } from '@nacre/core/web-crypto';
import { paceSealing, sealsOnThisThread } from './paced-sealing.js';

/** How many buffers to free at a time: freeing eight takes as long as freeing one. */
const FREED_TOGETHER = 8;

/** Checks once what this browser has natively; ChaCha20 and Poly1305 are WebAssembly if allowed, the rest JavaScript. */
export async function browserCrypto(): Promise<CryptoProvider> {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  let dead = new Set<ArrayBuffer>();
  // Interop: Chromium 156 returns memory outside V8's heap, where garbage accumulates by tens of MiB before V8 collects it.
  // Transferred to a closed port, it is freed at once, and sealing takes half the time.
  const release = (memory: ArrayBuffer): void => {
    if (dead.add(memory).size < FREED_TOGETHER) return;
    // An application may have transferred some of it: nothing can be transferred twice.
    const present = [...dead].filter(({ byteLength }) => byteLength > 0);
    dead = new Set();
    port1.postMessage(undefined, present);
  };
  const pace = (await sealsOnThisThread()) ? paceSealing() : undefined;
  const provider = await webCrypto({ release, pace });
  return hasWebAssembly() ? { ...provider, chacha20, poly1305 } : provider;
}

/** Content Security Policy level 3: a page with a policy for scripts needs `wasm-unsafe-eval` in it. */
function hasWebAssembly(): boolean {
  try {
    poly1305(new Uint8Array(32), new Uint8Array(0));
    return true;
  } catch {
    return false;
  }
}

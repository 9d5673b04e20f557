/** `@nacre/core/web-crypto`: the provider for browsers and Deno: WebCrypto if it has a primitive, noble for the rest. */
import { noble } from './noble.js';
import { portable } from './portable-provider.js';
import type { CryptoProvider, CurveName } from './provider.js';
import { webCryptoAesCtr } from './web-crypto/aes-ctr.js';
import { webCryptoAesGcm } from './web-crypto/aes-gcm.js';
import type { BatchingOptions, Pace } from './web-crypto/batching.js';
import { ed25519By, x25519By } from './web-crypto/curve25519.js';
import { webCryptoHmac } from './web-crypto/hmac.js';
import { mlkem768By } from './web-crypto/ml-kem-768.js';

export type { Pace };

export interface WebCryptoOptions extends BatchingOptions {
  /** Used for everything but the NIST curves and RSA, which always use the runtime's own. */
  readonly subtle?: SubtleCrypto;
}

/**
 * Checks once which primitives this runtime's WebCrypto has. AES-GCM, and AES-CTR with an encrypt-then-MAC HMAC, are
 * batched: the packets of a chunk are sealed and opened together, on the runtime's threads. Everything that has to be
 * synchronous (hashes, other MACs and ciphers) is noble's.
 */
export async function webCrypto(options: WebCryptoOptions = {}): Promise<CryptoProvider> {
  const { subtle = crypto.subtle, release } = options;
  const [hasX25519, hasEd25519, hasP256, hasP384, hasP521, hasMlkem768] = await Promise.all([
    has(subtle, 'X25519', ['deriveBits']),
    has(subtle, 'Ed25519', ['sign', 'verify']),
    agrees('nistp256'),
    agrees('nistp384'),
    agrees('nistp521'),
    has(subtle, 'ML-KEM-768', ['encapsulateBits', 'decapsulateBits']),
  ]);
  const curves: Readonly<Record<CurveName, boolean>> = { nistp256: hasP256, nistp384: hasP384, nistp521: hasP521 };
  const ecdh = (name: CurveName) => (curves[name] ? portable : noble).ecdh[name];
  const ecdsa = (name: CurveName) => (curves[name] ? portable : noble).ecdsa[name];
  return {
    ...noble,
    name: 'WebCrypto',
    // WebCrypto lacks it, and noble's would occupy the thread that AES-GCM leaves free.
    algorithms: { ciphers: '-chacha20-poly1305@openssh.com' },
    ...(release && { release }),
    batchedAesGcm: (key) => webCryptoAesGcm(subtle, key, options),
    batchedAesCtr: (key) => webCryptoAesCtr(subtle, key, options),
    batchedHmac: (name, key) => webCryptoHmac(subtle, name, key, release),
    x25519: hasX25519 ? x25519By(subtle) : noble.x25519,
    ed25519: hasEd25519 ? ed25519By(subtle) : noble.ed25519,
    ecdh: { nistp256: ecdh('nistp256'), nistp384: ecdh('nistp384'), nistp521: ecdh('nistp521') },
    ecdsa: { nistp256: ecdsa('nistp256'), nistp384: ecdsa('nistp384'), nistp521: ecdsa('nistp521') },
    mlkem768: hasMlkem768 ? mlkem768By(subtle) : noble.mlkem768,
  };
}

/** Whether the curve works as used here: some runtimes that have it accept no private key without its point. */
async function agrees(curve: CurveName): Promise<boolean> {
  try {
    const { generate, agree } = portable.ecdh[curve];
    const { privateKey, publicKey } = await generate();
    await agree(privateKey, publicKey);
    return true;
  } catch {
    return false;
  }
}

async function has(subtle: SubtleCrypto, algorithm: string | object, usages: readonly string[]): Promise<boolean> {
  try {
    await subtle.generateKey(algorithm, false, usages);
    return true;
  } catch {
    return false;
  }
}

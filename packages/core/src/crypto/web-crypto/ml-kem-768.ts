/** ML-KEM-768 (FIPS 203) with WebCrypto (Modern Algorithms in the Web Cryptography API). */
import { mlkem768 } from '../noble/ml-kem-768.js';
import type { KeyEncapsulation } from '../provider.js';

const NAME = 'ML-KEM-768';
const Q = 3329;
/** The encapsulation key: three polynomials of 256 coefficients of 12 bits, and a seed, in bytes. */
const COEFFICIENTS_LENGTH = 1152;
const ENCAPSULATION_KEY_LENGTH = COEFFICIENTS_LENGTH + 32;
const CIPHERTEXT_LENGTH = 1088;
/** FIPS 203 §3.3 allows the seed in place of the 2400-byte key derived from it; WebCrypto supports only that. */
const SEED_LENGTH = 64;

export function mlkem768By(subtle: SubtleCrypto): KeyEncapsulation {
  return {
    async generate() {
      const pair = await subtle.generateKey(NAME, true, ['encapsulateBits', 'decapsulateBits']);
      const [publicKey, seed] = await Promise.all([
        subtle.exportKey('raw-public', pair.publicKey),
        subtle.exportKey('raw-seed', pair.privateKey),
      ]);
      return { secretKey: new Uint8Array(seed), publicKey: new Uint8Array(publicKey) };
    },
    async encapsulate(publicKey) {
      requireReduced(publicKey);
      const key = await subtle.importKey('raw-public', publicKey, NAME, false, ['encapsulateBits']);
      const { ciphertext, sharedKey } = await subtle.encapsulateBits(NAME, key);
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    async decapsulate(secretKey, ciphertext) {
      if (secretKey.length !== SEED_LENGTH) return mlkem768.decapsulate(secretKey, ciphertext);
      if (ciphertext.length !== CIPHERTEXT_LENGTH) throw new RangeError('a ciphertext has a wrong length');
      const key = await subtle.importKey('raw-seed', secretKey, NAME, false, ['decapsulateBits']);
      return new Uint8Array(await subtle.decapsulateBits(NAME, key, ciphertext));
    },
  };
}

/** Security: FIPS 203 §7.2 requires this check before encapsulation, and not every runtime makes it. */
function requireReduced(key: Uint8Array): void {
  if (key.length !== ENCAPSULATION_KEY_LENGTH) throw new RangeError('an encapsulation key has a wrong length');
  for (let index = 0; index < COEFFICIENTS_LENGTH; index += 3) {
    const middle = key[index + 1]!;
    const first = key[index]! | ((middle & 0x0f) << 8);
    const second = (middle >> 4) | (key[index + 2]! << 4);
    if (first >= Q || second >= Q) throw new RangeError('an encapsulation key has a coefficient out of range');
  }
}

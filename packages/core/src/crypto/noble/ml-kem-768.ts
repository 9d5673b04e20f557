/** ML-KEM-768 (FIPS 203) in JavaScript. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { KeyEncapsulation, Synchronous } from '../provider.js';

export const mlkem768: Synchronous<KeyEncapsulation> = {
  generate: () => ml_kem768.keygen(),
  encapsulate: (publicKey) => {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  decapsulate: (secretKey, ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey),
};

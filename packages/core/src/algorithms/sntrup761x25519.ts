/** RFC 9941: the hybrid key exchange `sntrup761x25519-sha512`, also under its older name with `@openssh.com`. */
import { encapsulate } from '../crypto/sntrup761/encapsulate.js';
import { sntrup761 } from '../crypto/sntrup761/kem.js';
import { CIPHERTEXT_LENGTH, PUBLIC_KEY_LENGTH } from '../crypto/sntrup761/parameters.js';
import { hybrid, hybridAnswer } from './hybrid.js';

/** For servers: key generation and decapsulation make up two thirds of the code. */
export const sntrup761x25519Sha512Answer = hybridAnswer({
  hash: 'sha512',
  publicKeyLength: PUBLIC_KEY_LENGTH,
  encapsulate,
});

export const sntrup761x25519Sha512 = /* @__PURE__ */ hybrid({
  hash: 'sha512',
  encapsulation: sntrup761,
  publicKeyLength: PUBLIC_KEY_LENGTH,
  ciphertextLength: CIPHERTEXT_LENGTH,
});

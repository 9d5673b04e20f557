/** RFC 9941: the hybrid key exchange `sntrup761x25519-sha512`, also under its older name with `@openssh.com`. */
import { sntrup761 } from '../crypto/sntrup761/kem.js';
import { CIPHERTEXT_LENGTH, PUBLIC_KEY_LENGTH } from '../crypto/sntrup761/parameters.js';
import { hybrid } from './hybrid.js';

export const sntrup761x25519Sha512 = hybrid({
  hash: 'sha512',
  encapsulation: sntrup761,
  publicKeyLength: PUBLIC_KEY_LENGTH,
  ciphertextLength: CIPHERTEXT_LENGTH,
});

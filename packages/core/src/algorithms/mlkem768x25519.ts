/** RFC 10042: the hybrid key exchange `mlkem768x25519-sha256`. */
import type { Needs } from '../crypto/provider.js';
import { hybrid } from './hybrid.js';

export const mlkem768x25519Sha256 = hybrid({
  hash: 'sha256',
  encapsulation: ({ mlkem768 }: Needs<'mlkem768'>) => mlkem768,
  publicKeyLength: 1184,
  ciphertextLength: 1088,
});

/** Wycheproof: AES-GCM as SSH uses it (12-byte nonces, 16-byte tags), and HMAC through the rows of MACs. */
import { symmetricVectors } from './proofs/symmetric-vectors.js';
import { prove } from './prove.js';

prove(symmetricVectors);

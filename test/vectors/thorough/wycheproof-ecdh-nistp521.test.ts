/** Wycheproof, every case: ECDH over P-521, in a worker of its own because it takes as long as the other curves together. */
import { ecdhVectors } from '../proofs/ecdh-vectors.js';
import { prove } from '../prove.js';

prove(ecdhVectors.slice(2), { isThorough: true });

/** Wycheproof, every case: ECDH over P-521, which takes as long as the other curves together: another worker has it. */
import { ecdhVectors } from '../proofs/ecdh-vectors.js';
import { prove } from '../prove.js';

prove(ecdhVectors.slice(2), { isThorough: true });

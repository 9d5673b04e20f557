/** Wycheproof: ECDH over the NIST curves. */
import { ecdhVectors } from './proofs/ecdh-vectors.js';
import { prove } from './prove.js';

prove(ecdhVectors);

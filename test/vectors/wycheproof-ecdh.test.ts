/** Wycheproof: ECDH over the NIST curves, through the rows `ecdh-sha2-*` as a client finishes an exchange. */
import { ecdhVectors } from './proofs/ecdh-vectors.js';
import { prove } from './prove.js';

prove(ecdhVectors);

/** Wycheproof, every case: ECDSA, of which the unit tests leave out what probes arithmetic by hundreds of valid signatures. */
import { ecdsaVectors } from '../proofs/signature-vectors.js';
import { prove } from '../prove.js';

prove(ecdsaVectors, { isThorough: true });

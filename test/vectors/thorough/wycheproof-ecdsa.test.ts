/** Wycheproof, every case: ECDSA. */
import { ecdsaVectors } from '../proofs/signature-vectors.js';
import { prove } from '../prove.js';

prove(ecdsaVectors, { isThorough: true });

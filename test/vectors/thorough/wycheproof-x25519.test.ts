/** Wycheproof, every case: X25519. */
import { x25519Vectors } from '../proofs/agreement-vectors.js';
import { prove } from '../prove.js';

prove([x25519Vectors], { isThorough: true });

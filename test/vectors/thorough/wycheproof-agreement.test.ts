/** Wycheproof, every case: X25519 and ML-KEM-768, through the rows `curve25519-sha256` and `mlkem768x25519-sha256`. */
import { agreementVectors } from '../proofs/agreement-vectors.js';
import { prove } from '../prove.js';

prove(agreementVectors, { isThorough: true });

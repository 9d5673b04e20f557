/** Wycheproof, every case: Ed25519, ECDSA and RSA, as SSH blobs through the rows that verify signatures. */
import { signatureVectors } from '../proofs/signature-vectors.js';
import { prove } from '../prove.js';

prove(signatureVectors, { isThorough: true });

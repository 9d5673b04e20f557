/** Signatures of every provider hold with noble, keys are agreed on with it, and vice versa. */
import { equalAgreements } from '../proofs/equal-primitives.js';
import { equalPublicKeyRows } from '../proofs/equal-rows.js';
import { equalSignatures } from '../proofs/equal-signatures.js';
import { prove } from '../prove.js';

prove([...equalAgreements, ...equalSignatures, ...equalPublicKeyRows]);

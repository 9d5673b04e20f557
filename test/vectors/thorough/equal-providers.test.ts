/** Every provider computes what noble computes, and what is sealed, signed or agreed on by one holds with the other. */
import { equalPrimitives } from '../proofs/equal-primitives.js';
import { equalProtections, equalPublicKeyRows } from '../proofs/equal-rows.js';
import { equalSignatures } from '../proofs/equal-signatures.js';
import { prove } from '../prove.js';

prove([...equalPrimitives, ...equalProtections, ...equalSignatures, ...equalPublicKeyRows]);

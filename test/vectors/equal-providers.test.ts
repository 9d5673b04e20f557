/** Every provider computes what noble computes, and each row of the table works between the two. */
import { equalPrimitives } from './proofs/equal-primitives.js';
import { equalRows } from './proofs/equal-rows.js';
import { equalSignatures } from './proofs/equal-signatures.js';
import { prove } from './prove.js';

prove([...equalPrimitives, ...equalSignatures, ...equalRows]);

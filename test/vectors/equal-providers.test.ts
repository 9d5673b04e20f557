/** Every provider computes what noble computes, and packets are sealed by one and opened by the other. `thorough` has what is done with public keys. */
import { equalPrimitives } from './proofs/equal-primitives.js';
import { equalProtections } from './proofs/equal-rows.js';
import { prove } from './prove.js';

prove([...equalPrimitives, ...equalProtections]);

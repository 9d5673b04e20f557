/** Known answers that the unit tests leave out, because each takes long and is like those that they have. */
import { moreSntrup761Answers } from '../proofs/sntrup761.js';
import { prove } from '../prove.js';

prove(moreSntrup761Answers);

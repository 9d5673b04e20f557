/** `@nacre/core/legacy`: algorithms for peers that have nothing better, and what authors of such rows need. */
export { cbc, type CbcFunctions, type CbcParameters } from './cbc.js';
export { legacy } from './table.js';

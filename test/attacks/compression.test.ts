/** Group P: compression. */
import { checkCases } from './case.js';
import { compressionCases } from './cases/compression.js';

checkCases('P: compression', compressionCases);

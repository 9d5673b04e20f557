/** Group P: compression, in both roles. */
import { checkCases } from './case.js';
import { compressionClientCases } from './cases/client-compression.js';
import { compressionCases } from './cases/compression.js';
import { checkClientCases } from './client-case.js';

checkCases('P: compression', compressionCases);
checkClientCases('N and P: compression', compressionClientCases);

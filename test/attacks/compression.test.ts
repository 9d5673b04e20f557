/** Group P: compression, in both roles. `thorough/compression.test.ts` has what is not read with `zlib`, which begins with the first keys. */
import { checkCases } from './case.js';
import { compressionClientCases } from './cases/client-compression.js';
import { compressionCases } from './cases/compression.js';
import { checkClientCases } from './client-case.js';

const isUsual = ([name]: readonly [name: string, ...unknown[]]): boolean => !name.startsWith('W39b zlib:');

checkCases('P: compression', compressionCases.filter(isUsual));
checkClientCases('N and P: compression', compressionClientCases.filter(isUsual));

/** Group P: what is not read with `zlib`, which begins with the first keys; the unit tests have `zlib@openssh.com`. */
import { checkCases } from '../case.js';
import { checkClientCases } from '../client-case.js';
import { compressionClientCases } from '../cases/client-compression.js';
import { compressionCases } from '../cases/compression.js';

const isOther = ([name]: readonly [name: string, ...unknown[]]): boolean => name.startsWith('W39b zlib:');

checkCases('P: compression', compressionCases.filter(isOther));
checkClientCases('N and P: compression', compressionClientCases.filter(isOther));

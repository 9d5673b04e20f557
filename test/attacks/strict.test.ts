/** Group E: messages out of place around the first exchange. */
import { checkCases } from './case.js';
import { strictCases } from './cases/strict.js';

checkCases('E: strict key exchange, NEWKEYS, EXT_INFO', strictCases);

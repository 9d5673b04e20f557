/** Group F: messages out of place around a later exchange, floods of exchanges, exchanges that never end. */
import { checkCases } from './case.js';
import { rekeyCases } from './cases/rekey.js';

checkCases('F: rekey', rekeyCases);

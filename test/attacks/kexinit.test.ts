/** Group C: hostile KEXINITs. */
import { checkCases } from './case.js';
import { kexinitCases } from './cases/kexinit.js';

checkCases('C: KEXINIT', kexinitCases);

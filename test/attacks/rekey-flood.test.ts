/** Group F: endless exchanges, and exchanges that never end. W34, W35; a thousand of them are in `test/interop`. */
import { checkRekeyStalls } from './rekey-stalls.js';
import { memory } from './wire.js';

checkRekeyStalls([memory]);

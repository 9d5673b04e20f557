/** Group F: what a client sends into our rekey before it knows about it. */
import { checkRekeyPipelines } from './rekey-pipelines.js';
import { memory } from './wire.js';

checkRekeyPipelines([memory]);

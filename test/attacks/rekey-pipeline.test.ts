/** Group F: what a client sends into our rekey before it knows of it. */
import { checkRekeyPipelines } from './rekey-pipelines.js';
import { memory } from './wire.js';

checkRekeyPipelines([memory]);

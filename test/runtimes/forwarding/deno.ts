/** The program on Deno. Prints where it listens. */
import { forwarding, listen } from '@nacre/edge/deno';
import { forwardingServer } from './program.js';

console.log((await listen(forwardingServer(forwarding()), { port: 0 })).port);

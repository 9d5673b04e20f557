/** The program on Bun. Prints where it listens. */
import { forwarding, listen } from '@nacre/edge/bun';
import { forwardingServer } from './program.js';

console.log((await listen(forwardingServer(forwarding()), { port: 0 })).port);

/** The playground on Node: TCP at PORT, on loopback. Reports on standard output where it listens. */
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { createPlayground } from './app.js';
import { configure } from './configuration.js';

const server = createPlayground(configure(process.env, nodeCrypto));
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 0) });
console.log(JSON.stringify({ event: 'listening', port }));

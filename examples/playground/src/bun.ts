/** The playground on Bun: TCP at PORT, on loopback. Reports on standard output where it listens. */
import { listen } from '@nacre/edge/bun';
import { bunCrypto } from '@nacre/edge/bun-crypto';
import { createPlayground } from './app.js';
import { configure } from './configuration.js';

const server = createPlayground(configure(process.env, bunCrypto));
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 0) });
console.log(JSON.stringify({ event: 'listening', port }));

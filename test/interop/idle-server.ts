/** A server in a process of its own, for the memory test: prints its port, and for each line of stdin how much memory it uses. */
import { createInterface } from 'node:readline';
import { accept, createServer, generateKey } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';

const server = createServer({
  crypto: nodeCrypto,
  hostKeys: [await generateKey('ssh-ed25519', { crypto: nodeCrypto })],
  hooks: { none: () => accept },
});
const { port } = await listen(server, { port: 0 });
console.log(JSON.stringify({ port }));
for await (const line of createInterface(process.stdin)) {
  globalThis.gc?.();
  const { connections, unauthenticated } = server.stats;
  const { rss, heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({ line, connections, unauthenticated, rss, heapUsed }));
}

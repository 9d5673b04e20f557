/** Serves one chat room on loopback, at PORT. */
import { accept, compose, createServer, jsonLog } from '@nacre/core';
import { activePty, logging } from '@nacre/core/middleware';
import { fileKeyStore, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { chatRoom } from './room.js';

const server = createServer({
  crypto: nodeCrypto,
  hostKeys: fileKeyStore('host_key'),
  hooks: { none: () => accept }, // Anybody may log in, under any name.
  logger: jsonLog((line) => process.stderr.write(line)),
  motd: 'Welcome. Everybody here reads what you enter.\n',
  session: compose(logging(), activePty(), chatRoom()),
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2302) });
console.log(`ssh -p ${port} YOUR-NAME@127.0.0.1`);

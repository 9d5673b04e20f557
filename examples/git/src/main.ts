/** Hosts the repositories of a folder, on loopback, at PORT, for the keys in the file `authorized_keys`. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createServer, jsonLog } from '@nacre/core';
import { fileKeyStore, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { gitHooks } from './git-server.js';

const server = createServer({
  crypto: nodeCrypto,
  hostKeys: fileKeyStore('host_key'),
  // Read for every login, so that added and removed keys take effect at once.
  hooks: gitHooks({ folder: 'repositories', authorizedKeys: () => readFile('authorized_keys', 'utf8') }),
  logger: jsonLog((line) => process.stderr.write(line)),
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2305) });
console.log(`git clone ssh://git@127.0.0.1:${port}/NAME`);
console.log(`with a key that is in ${resolve('authorized_keys')}; a push to a new NAME creates it`);

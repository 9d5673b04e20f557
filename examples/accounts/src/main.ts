/** Serves the accounts in the file `accounts.db`, on loopback, at PORT. */
import { createServer, jsonLog } from '@nacre/core';
import { fileKeyStore, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { accountServer } from './account-server.js';
import { Accounts } from './accounts.js';

const server = createServer({
  ...accountServer(new Accounts('accounts.db')),
  crypto: nodeCrypto,
  hostKeys: fileKeyStore('host_key'),
  logger: jsonLog((line) => process.stderr.write(line)),
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2303) });
console.log(`ssh -p ${port} new@127.0.0.1`);

/** `npm start -w examples/forge-keys -- https://codeberg.org`: everybody with a key there may log in, on loopback, at PORT. */
import { createServer, jsonLog } from '@nacre/core';
import { fileKeyStore, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { forgeKeys } from './forge-keys.js';

const [forge] = process.argv.slice(2);
if (forge === undefined || !URL.canParse(forge)) {
  console.error('say which forge: npm start -w examples/forge-keys -- https://codeberg.org');
  process.exit(1);
}
const server = createServer({
  crypto: nodeCrypto,
  hostKeys: fileKeyStore('host_key'),
  hooks: { authorizedKeys: forgeKeys(forge) },
  logger: jsonLog((line) => process.stderr.write(line)),
  session: async (session) => {
    await session.print(`You are ${session.user} of ${forge}: you hold ${session.connection.keyFingerprint}.\n`);
  },
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2304) });
console.log(`ssh -p ${port} YOUR-NAME@127.0.0.1`);

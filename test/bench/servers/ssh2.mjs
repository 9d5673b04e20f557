/** `ssh2` from npm, from the folder given as the first argument, in a process of its own. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serveBench, zeros } from './bench-process.mjs';

const { Server, utils } = createRequire(join(process.argv[2], 'package.json'))('ssh2');

async function run(stream, command) {
  const bytes = zeros.parse(command);
  if (bytes === undefined) await once(stream.resume(), 'end');
  else for (const chunk of zeros.chunks(bytes)) if (!stream.write(chunk)) await once(stream, 'drain');
  stream.exit(0);
  stream.end();
}

serveBench(async ({ hostKey, authorizedKey }) => {
  const key = utils.parseKey(authorizedKey);
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on('authentication', (attempt) => {
      const isOurs = attempt.method === 'publickey' && attempt.key.data.equals(key.getPublicSSH());
      const isProven = isOurs && (!attempt.signature || key.verify(attempt.blob, attempt.signature, attempt.hashAlgo));
      if (isProven === true) attempt.accept();
      else attempt.reject(['publickey']);
    });
    client.on('session', (acceptSession) => {
      acceptSession().on('exec', (acceptCommand, _reject, { command }) => void run(acceptCommand(), command));
    });
    // A client that leaves without a word is not the server's fault.
    client.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
});

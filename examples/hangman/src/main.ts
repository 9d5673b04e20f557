/** Serves hangman on PORT of loopback. `server.sessions()` hands sessions out; the program decides what becomes of each. */
import { accept, compose, createServer, jsonLog, type Session } from '@nacre/core';
import { activePty, logging } from '@nacre/core/middleware';
import { fileKeyStore, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { playHangman } from './hangman.js';

const WORDS = [
  'cipher',
  'handshake',
  'keyboard',
  'nonce',
  'padding',
  'protocol',
  'random',
  'secret',
  'terminal',
  'window',
];

const server = createServer({
  crypto: nodeCrypto,
  hostKeys: fileKeyStore('host_key', { crypto: nodeCrypto }),
  hooks: { none: () => accept }, // Anybody may play.
  logger: jsonLog((line) => process.stderr.write(line)),
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2301) });
console.log(`ssh -p ${port} player@127.0.0.1`);

for await (const session of server.sessions()) void serve(session);

/** Middleware serves here too. A session that the program takes itself is the program's to end, by an exit status. */
async function serve(session: Session): Promise<void> {
  const handler = compose(logging(), activePty(), (player) => playHangman(player, randomWord));
  try {
    session.exit((await handler(session)) ?? 0);
  } catch {
    session.exit(1); // The player has gone.
  }
}

function randomWord(): string {
  return WORDS[Math.floor(Math.random() * WORDS.length)]!;
}

/** Serves hangman on loopback, at PORT. `server.sessions()` yields sessions; the program decides what to do with each. */
import { accept, compose, createServer, jsonLog } from '@nacre/core';
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
  hostKeys: fileKeyStore('host_key'),
  hooks: { none: () => accept }, // Anybody may play.
  logger: jsonLog((line) => process.stderr.write(line)),
});
const { port } = await listen(server, { port: Number(process.env['PORT'] ?? 2301) });
console.log(`ssh -p ${port} player@127.0.0.1`);

/** Middleware works here too. */
const play = compose(logging(), activePty(), (session) => playHangman(session, randomWord));
for await (const session of server.sessions()) void session.run(play);

function randomWord(): string {
  return WORDS[Math.floor(Math.random() * WORDS.length)]!;
}

/** What workerd runs: Nacre over WebSocket, and at /raw/DIRECTION/BYTES a Worker that sends zeros, or reads, without any SSH. */
import { accept, createServer, parsePrivateKey } from '@nacre/core';
import { worker, workersLimits } from '@nacre/edge/workers';
import { workersCrypto } from '@nacre/edge/workers-crypto';
import { zeros } from './bench-process.mjs';

const ssh = worker(({ HOST_KEY }) =>
  createServer({
    crypto: workersCrypto,
    limits: workersLimits,
    hostKeys: [parsePrivateKey(HOST_KEY, { crypto: workersCrypto })],
    // The measurements log in as the user who runs them.
    policy: { rootLogin: true },
    hooks: { none: () => accept },
    session: async (session) => {
      const bytes = zeros.parse(session.request.command);
      if (bytes === undefined) while ((await session.read()) !== undefined);
      else for (const chunk of zeros.chunks(bytes)) await session.write(chunk);
      return 0;
    },
  }),
);

/** Given to the socket and not sent, in bytes; frames of 64 KiB. */
const MOST = 1024 * 1024;

function sendZeros(socket, bytes) {
  const chunks = zeros.chunks(bytes);
  const send = () => {
    while (socket.bufferedAmount < MOST) {
      const { done, value } = chunks.next();
      if (done) return;
      socket.send(value);
    }
    setTimeout(send, 1);
  };
  send();
}

function readAll(socket, bytes) {
  let rest = bytes;
  socket.addEventListener('message', ({ data }) => {
    rest -= data.byteLength;
    if (rest <= 0) socket.send(new Uint8Array(1));
  });
}

export default {
  fetch(request, env) {
    const [, direction, bytes] = /^\/raw\/(down|up)\/(\d+)$/.exec(new URL(request.url).pathname) ?? [];
    if (direction === undefined) return ssh.fetch(request, env);
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    socket.binaryType = 'arraybuffer';
    if (direction === 'down') sendZeros(socket, Number(bytes));
    else readAll(socket, Number(bytes));
    return new Response(null, { status: 101, webSocket: client });
  },
};

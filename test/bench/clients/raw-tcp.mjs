/**
 * The TCP end of a transfer without SSH, in a process of its own. The parent sends `{ port, direction, bytes, says? }` and gets
 * `{ seconds }`. What it `says` is sent first; down ends when all bytes have arrived, up when one byte says that all have been read.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const CHUNK = new Uint8Array(64 * 1024);

async function read(socket, bytes) {
  let length = 0;
  for await (const chunk of socket) {
    length += chunk.length;
    if (length >= bytes) return;
  }
  throw new Error(`the stream ended after ${length} of ${bytes} bytes`);
}

async function write(socket, bytes) {
  for (let rest = bytes; rest > 0; rest -= CHUNK.length) {
    if (!socket.write(rest < CHUNK.length ? CHUNK.subarray(0, rest) : CHUNK)) await once(socket, 'drain');
  }
  await read(socket, 1);
}

process.on('disconnect', () => process.exit());
process.on('message', async ({ port, direction, bytes, says }) => {
  const started = performance.now();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  if (says !== undefined) socket.write(says);
  await (direction === 'down' ? read(socket, bytes) : write(socket, bytes));
  process.send({ seconds: (performance.now() - started) / 1000 });
  socket.destroy();
});

/** The application's side of a link: bytes that are made in advance, and a reader that drops what it gets. */
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';

const CHUNK = Buffer.alloc(64 * 1024, 7);

/** This many bytes; without a number, none and no end. */
export function source(bytes) {
  let rest = bytes;
  return new Readable({
    highWaterMark: 1024 * 1024,
    read() {
      if (rest === undefined) return;
      this.push(rest > 0 ? CHUNK : null);
      rest -= CHUNK.length;
    },
  });
}

/** What a line carries. */
export function stream(input) {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { input, output, finish: async () => undefined, abort: () => input.destroy() };
}

/** This many bytes, then the end. */
export async function write(socket, bytes) {
  for (let rest = bytes; rest > 0; rest -= CHUNK.length) if (!socket.write(CHUNK)) await once(socket, 'drain');
  socket.end();
}

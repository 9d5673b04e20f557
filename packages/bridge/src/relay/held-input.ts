/** What an ssh client sends before its link is there: read to notice when the client leaves, and given back. */
import type { Socket } from 'node:net';

/** In bytes; no more is read then. Identification and KEXINIT take 3 KiB, and a client waits for the server's before it sends more. */
const LIMIT = 16 * 1024;

/**
 * Reads a paused socket, and destroys it if its peer ends it. The returned function pauses it again and gives back what was read.
 *
 * Node does not notice the end of a connection that it does not read. No ssh client ends its side before the server has sent
 * anything, so one that does has left.
 */
export function holdInput(socket: Socket): () => void {
  const chunks: Buffer[] = [];
  let length = 0;
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= LIMIT) socket.pause();
  };
  const onEnd = (): void => void socket.destroy();
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.resume();
  return () => {
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.pause();
    if (length > 0 && !socket.destroyed) socket.unshift(Buffer.concat(chunks));
  };
}

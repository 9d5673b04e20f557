/** RFC 9293 §3.6 and RFC 1122 §4.2.2.13: ends a TCP connection without losing what was sent last. */
import type { Socket } from 'node:net';

/** How long the other side may take to read what is still queued, in ms. */
const FLUSH_TIMEOUT = 30_000;
/** How long, in ms, and how much, in bytes, input is discarded after our FIN. */
const DISCARD_TIMEOUT = 1_000;
const DISCARD_LIMIT = 256 * 1024;

/**
 * Sends what is queued, then FIN, then discards input for a moment before it closes.
 *
 * Interop: closing a socket with unread input sends RST, and the peer's system may then drop what it has received
 * but not yet read; ssh clients would lose the reason of a disconnect.
 */
export function endGracefully(socket: Socket): void {
  if (socket.destroyed) return;
  let timer = setTimeout(() => socket.destroy(), FLUSH_TIMEOUT);
  let discarded = 0;
  socket.once('close', () => clearTimeout(timer));
  socket.pause();
  socket.end(() => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), DISCARD_TIMEOUT);
    socket.on('data', (chunk) => {
      discarded += chunk.length;
      if (discarded > DISCARD_LIMIT) socket.destroy();
    });
    socket.resume();
  });
}

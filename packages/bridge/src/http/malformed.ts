/** RFC 9112 §2.2 and §9.6: answers malformed HTTP requests in a way that lets the visitor read the answer. */
import type { Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { systemCode } from '../bridge-error.js';
import { endGracefully } from '../linger.js';

const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};
const BAD_REQUEST = 400;

/**
 * Node itself would close at once, with input still unread. That sends a reset, and the visitor's system may then throw
 * away the answer that it has already received.
 */
export function answerMalformed(server: Server): void {
  const answered = new WeakSet<Socket>();
  const busy = new WeakMap<Socket, number>();
  server.on('request', ({ socket }, response) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => busy.set(socket, (busy.get(socket) ?? 1) - 1));
  });
  server.on('clientError', (error, socket) => {
    if (!(socket instanceof Socket) || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    // Every further chunk is malformed again.
    if (answered.has(socket)) return;
    answered.add(socket);
    const status = STATUS[systemCode(error) ?? ''] ?? BAD_REQUEST;
    // In the middle of another answer it would be taken for part of that one.
    if ((busy.get(socket) ?? 0) === 0) {
      socket.write(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    }
    // No further input is parsed.
    socket.removeAllListeners('data');
    // Interop: Node's parser reads past the stream, which waits for that read forever, and would not go on: an empty read ends it.
    socket.push('');
    endGracefully(socket);
  });
}

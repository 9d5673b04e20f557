/** RFC 9110 §15.5: the answer to a request or an upgrade that is denied. */
import { STATUS_CODES, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { plainAddress } from '../address.js';
import { endGracefully } from '../linger.js';
import type { Log, LogEvent } from '../log.js';
import type { Denial } from './access.js';

const EXTRA_HEADERS: Readonly<Partial<Record<Denial['status'], OutgoingHttpHeaders>>> = {
  401: { 'WWW-Authenticate': 'Bearer' },
  405: { Allow: 'GET, HEAD' },
  426: { Upgrade: 'websocket' },
  429: { 'Retry-After': '60' },
};

export function denyRequest(request: IncomingMessage, response: ServerResponse, denial: Denial, log: Log): void {
  const { status, message } = denial;
  record('request-denied', request, denial, log);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...EXTRA_HEADERS[status],
    ...(denial.allow === undefined ? {} : { Allow: denial.allow }),
  });
  response.end(`${message}\n`);
}

export function denyUpgrade(request: IncomingMessage, socket: Duplex, denial: Denial, log: Log): void {
  const { status, message } = denial;
  record('upgrade-denied', request, denial, log);
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(EXTRA_HEADERS[status] ?? {}).map(([name, value]) => `${name}: ${String(value)}`),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  if (socket instanceof Socket) endGracefully(socket);
  else socket.end();
}

function record(event: LogEvent, request: IncomingMessage, { status, message }: Denial, log: Log): void {
  // Security: no part of the request target is logged; somebody may have put a secret there.
  log('warn', event, `HTTP ${status}: ${message}`, { status, peer: plainAddress(request.socket.remoteAddress) });
}

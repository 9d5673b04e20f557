/** RFC 6455 §4.2: the server's side of the opening handshake. */
import { createHash } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketLink } from './web-socket-link.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** §4.1: sixteen bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

export interface AcceptOptions {
  /** The subprotocol to select, one of those offered. */
  readonly protocol?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly maxPayload: number;
  readonly deliver: 'messages' | 'pieces';
}

/** What is wrong with the form of an upgrade, as an HTTP status and a sentence; undefined if it can be accepted. */
export function upgradeFault(
  request: IncomingMessage,
): { readonly status: 400 | 405 | 426; readonly message: string } | undefined {
  if (request.method !== 'GET') return { status: 405, message: 'a WebSocket begins with GET' };
  if (request.httpVersion !== '1.1') return { status: 400, message: 'a WebSocket begins with HTTP/1.1' };
  // Security: an intermediary may take for a body what is read as frames here.
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (length !== '0' || coding !== undefined) return { status: 400, message: 'a WebSocket begins without a body' };
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return { status: 426, message: 'only WebSockets here' };
  const versions = request.headersDistinct['sec-websocket-version'] ?? [];
  if (versions.length !== 1 || versions[0] !== VERSION)
    return { status: 426, message: `Sec-WebSocket-Version is not ${VERSION}` };
  const keys = request.headersDistinct['sec-websocket-key'] ?? [];
  if (keys.length !== 1 || !KEY.test(keys[0] ?? '')) return { status: 400, message: 'no valid Sec-WebSocket-Key' };
  return undefined;
}

/** §4.2.2: the server's answer to this key, which the client verifies. */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Answers an upgrade in which `upgradeFault` finds nothing. Extensions, including compression, are never accepted. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { protocol, headers = {}, maxPayload, deliver }: AcceptOptions,
): WebSocketLink {
  const fields = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptKey(request.headers['sec-websocket-key'] ?? ''),
    ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.write(`HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${lines.join('\r\n')}\r\n\r\n`);
  return new WebSocketLink(socket, head, { role: 'server', maxPayload, deliver });
}

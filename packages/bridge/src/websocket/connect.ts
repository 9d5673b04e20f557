/** RFC 6455 §4.1: the client's side of the opening handshake. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { defaultPortOf, hostOf, portOf, userInfoOf } from '../address.js';
import { acceptKey } from './accept.js';

export interface UpgradeRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** A connection to the host of the URL, with TLS if the URL requires it. */
  readonly createConnection: () => Socket;
}

export interface SentUpgrade {
  readonly request: ClientRequest;
  /** What is wrong with a 101 response; undefined if the connection is a WebSocket from here on. */
  faultOf(response: IncomingMessage): string | undefined;
}

const KEY_BYTES = 16;

/** Requests a WebSocket. The request emits `upgrade` if the server agrees, and `response` if it refuses. */
export function requestUpgrade({ url, headers, protocols, createConnection }: UpgradeRequest): SentUpgrade {
  const key = randomBytes(KEY_BYTES).toString('base64');
  const auth = userInfoOf(url);
  const request = httpRequest({
    host: hostOf(url),
    port: portOf(url),
    defaultPort: defaultPortOf(url.protocol),
    path: `${url.pathname}${url.search}`,
    ...(auth === undefined ? {} : { auth }),
    createConnection,
    headers: {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
      ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
    },
  });
  request.end();
  return { request, faultOf: (response) => faultOf(response, key, protocols) };
}

function faultOf({ headers }: IncomingMessage, key: string, protocols: readonly string[]): string | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'the answer is an upgrade to something else';
  if (headers['sec-websocket-accept'] !== acceptKey(key)) return 'Sec-WebSocket-Accept does not fit the key';
  if (headers['sec-websocket-extensions'] !== undefined) return 'it answered with an extension that was not offered';
  const selected = headers['sec-websocket-protocol'];
  // §4.1: the server may select none, whatever was offered.
  if (selected === undefined || protocols.includes(selected)) return undefined;
  return 'it selected a subprotocol that was not offered';
}

/** RFC 6455 on Node: a WebSocket of `ws` as a stream of bytes in binary frames; listening and dialling. */
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ByteLink, LinkReceiver, Peer, Server } from '@nacre/core';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { checkListening } from './listen-options.js';
import { bind, type Listener, type ListenOptions } from './node/bind.js';
import { KeptEnd } from './node/kept-end.js';
import { peerOf, tune } from './node/stream-link.js';
import { WriteBurst } from './node/write-burst.js';
import { readHeaders, tellPeer } from './upgrade-request.js';

/** Largest message accepted, in bytes; senders stay far below. */
const MAXIMUM_PAYLOAD = 512 * 1024;
/** Largest frame sent, in bytes. */
const MAXIMUM_FRAME = 256 * 1024;
/** Writing stops above the high mark of bytes that have not left, and goes on at the low mark. */
const HIGH_MARK = 512 * 1024;
const LOW_MARK = 128 * 1024;
/** Above this many unsent bytes, pings go unanswered: a peer that pings and does not read must not fill our memory. */
const PONG_MARK = 64 * 1024;
const CLOSE_CLEAN = 1000;
const CLOSE_UNSUPPORTED_DATA = 1003;
const FRAME = { binary: true, compress: false } as const;

/** RFC 9112 §9.5: how long a request may take, in ms, before it has become a connection that the server counts and ends. */
const REQUEST_TIMEOUT = 10_000;
const HTTP_OPTIONS = {
  headersTimeout: REQUEST_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  /** How often Node looks for overdue requests. */
  connectionsCheckingInterval: REQUEST_TIMEOUT / 20,
} as const;

/** Options for every WebSocket that becomes a link, in either role. */
const LINK_OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  /** `ws` would answer without a bound; the link answers instead. */
  autoPong: false,
  maxPayload: MAXIMUM_PAYLOAD,
  /** Of one message, against floods of tiny frames, which are kept one by one. */
  maxFragments: 1024,
} as const;

/**
 * A link over a WebSocket that has just opened, from which nothing may have been read. Code 1000 ends the link, with everything
 * sent delivered; any other end is an error. Pings are answered, so create the socket with `autoPong: false`.
 */
export function fromWebSocket(socket: WebSocket, peer?: Peer): ByteLink {
  // Nobody listens to messages before the connection begins.
  socket.pause();
  const end = new KeptEnd();
  watch(socket, end);
  const burst = new WriteBurst();
  let receiver: LinkReceiver | undefined;
  let isFull = false;
  const sent = (): void => {
    if (!isFull || socket.bufferedAmount > LOW_MARK) return;
    isFull = false;
    burst.whenTurned(() => receiver?.drain());
  };
  return {
    ...(peer === undefined ? {} : { peer }),
    open(target) {
      receiver = target;
      deliver(socket, target, end);
      end.open(target);
      if (socket.readyState === WebSocket.OPEN) socket.resume();
    },
    write(bytes) {
      for (let offset = 0; offset < bytes.length; offset += MAXIMUM_FRAME) {
        socket.send(bytes.subarray(offset, offset + MAXIMUM_FRAME), FRAME, sent);
      }
      burst.count(bytes.length);
      isFull ||= socket.bufferedAmount > HIGH_MARK || burst.isOver;
      return !isFull;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end() {
      socket.close(CLOSE_CLEAN);
      // Further input is read, or the peer's Close would never be.
      socket.resume();
    },
    destroy() {
      if (socket.readyState !== WebSocket.CLOSED) socket.terminate();
    },
  };
}

/** Security: listens from the start. An unhandled error ends the process, and a peer can cause one while a hook decides. */
function watch(socket: WebSocket, end: KeptEnd): void {
  socket.on('error', (error) => end.tell(error));
  socket.on('close', (code) => {
    end.tell(code === CLOSE_CLEAN ? undefined : new Error(`the WebSocket was closed with ${code}`));
  });
  socket.on('ping', (payload) => {
    if (socket.bufferedAmount <= PONG_MARK) socket.pong(payload);
  });
}

function deliver(socket: WebSocket, receiver: LinkReceiver, end: KeptEnd): void {
  socket.on('message', (message: RawData, isBinary) => {
    if (end.isOver) return;
    // A binary message is one Buffer unless `binaryType` says otherwise.
    if (isBinary && message instanceof Uint8Array) {
      receiver.chunk(message);
      return;
    }
    socket.close(CLOSE_UNSUPPORTED_DATA, 'binary frames only');
    end.tell(new Error('a text frame came; only binary frames carry ssh'));
  });
}

/** A link to a WebSocket URL. @throws the error of `ws` if it cannot be reached, or refuses the upgrade. */
export function connectWebSocket(url: string | URL): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, LINK_OPTIONS);
    socket.once('error', reject);
    socket.once('open', () => {
      socket.off('error', reject);
      // At once: the server may speak first, and nobody else listens.
      resolve(fromWebSocket(socket));
    });
  });
}

export interface AttachOptions {
  /** Where ssh is served, such as `/`; every path if not given. */
  readonly path?: string;
  /**
   * Who the client is, if that is not the socket's other end: for instance from a reverse proxy's header, which nobody else
   * must be able to send. If it throws, the upgrade is refused. With `isDirect: true`, the address counts for `from=` and a
   * certificate's `source-address`, which are otherwise refused over WebSocket.
   */
  readonly peer?: (request: IncomingMessage) => Peer;
}

/**
 * Serves ssh over WebSocket on an HTTP server that may also serve other things. Upgrades to other paths are left to the
 * server's other listeners; a client that the hook `connection` refuses gets HTTP 403.
 * @returns a function that detaches it; open connections stay.
 */
export function attach(server: Server, http: HttpServer, { path, peer: tell }: AttachOptions = {}): () => void {
  const upgrader = new WebSocketServer({ ...LINK_OPTIONS, noServer: true, clientTracking: false });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!isServed(request, path)) return;
    tune(request.socket);
    // For a client that leaves while a hook decides.
    const gone = (): void => void socket.destroy();
    socket.on('error', gone);
    const headers = readHeaders(fieldsOf(request));
    const peer = tellPeer(() => tell?.(request) ?? peerOf(request.socket));
    if (peer === undefined || headers === undefined) {
      refuse(socket, peer === undefined ? '400 Bad Request' : '431 Request Header Fields Too Large');
      return;
    }
    void server.admit(peer, { headers }).then((serve) => {
      if (serve === undefined) {
        refuse(socket, '403 Forbidden');
        return;
      }
      socket.off('error', gone);
      upgrader.handleUpgrade(request, socket, head, (webSocket) => {
        const link = fromWebSocket(webSocket, peer);
        void serve(link).catch(() => link.destroy());
      });
    });
  };
  http.on('upgrade', upgrade);
  return () => void http.off('upgrade', upgrade);
}

/** Listens for ssh clients over WebSocket, such as `ssh-bridge`. @throws the system's error. */
export async function listenWebSocket(server: Server, options: ListenOptions & AttachOptions): Promise<Listener> {
  checkListening(server, options, ['path', 'peer']);
  await server.ready();
  const create = (): HttpServer => {
    const http = createHttpServer(HTTP_OPTIONS, (_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'upgrade' });
      response.end("This is an ssh server over WebSocket. Log in with ssh -o ProxyCommand='ssh-bridge proxy URL'\n");
    });
    attach(server, http, options);
    // Nothing else answers here, so an upgrade to another path is refused.
    http.on('upgrade', (request, socket) => {
      if (isServed(request, options.path)) return;
      socket.on('error', () => socket.destroy());
      refuse(socket, '404 Not Found');
    });
    return http;
  };
  return bind(create, options);
}

function* fieldsOf({ rawHeaders }: IncomingMessage): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) yield [rawHeaders[index]!, rawHeaders[index + 1]!];
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Whether a request is for `path`; a query does not count. */
function isServed({ url = '/' }: IncomingMessage, path: string | undefined): boolean {
  return path === undefined || url.replace(/\?.*$/, '') === path;
}

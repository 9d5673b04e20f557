/** RFC 6455 on Node: one WebSocket, of `ws`, is one stream of bytes in binary frames; listeners for it, and dialling. */
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
/** No more is written while so much has not left, and writing goes on below the lower mark, in bytes. */
const HIGH_MARK = 512 * 1024;
const LOW_MARK = 128 * 1024;
/** Above this many bytes that have not left pings go unanswered: a peer that asks and does not read must not fill our memory. */
const PONG_MARK = 64 * 1024;
const CLOSE_CLEAN = 1000;
const CLOSE_UNSUPPORTED_DATA = 1003;
const FRAME = { binary: true, compress: false } as const;

/** What every WebSocket that becomes a link has to be made with, in either role. */
const LINK_OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  /** `ws` would answer without a bound; the link does it. */
  autoPong: false,
  maxPayload: MAXIMUM_PAYLOAD,
  /** Of one message; more would be a flood of tiny frames that are kept one by one. */
  maxFragments: 1024,
} as const;

/**
 * A link over a WebSocket that is just open: nothing of it may have been read. Closed with 1000 it has ended, with all that was
 * sent delivered; any other end is an error. Pings are answered, so make the socket with `autoPong: false`.
 */
export function fromWebSocket(socket: WebSocket, peer?: Peer): ByteLink {
  // What comes before the connection begins would find nobody who listens.
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
      // What still comes is read, or the peer's Close would never be.
      socket.resume();
    },
    destroy() {
      if (socket.readyState !== WebSocket.CLOSED) socket.terminate();
    },
  };
}

/** Security: from the beginning. An error that nobody listens to ends the process, and a peer can cause one while a hook decides. */
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

/** A link to a WebSocket URL. @throws the error of `ws` where it cannot be reached, or refuses the upgrade. */
export function connectWebSocket(url: string | URL): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, LINK_OPTIONS);
    socket.once('error', reject);
    socket.once('open', () => {
      socket.off('error', reject);
      // At once: the server speaks first, and what it says must not find nobody who listens.
      resolve(fromWebSocket(socket));
    });
  });
}

export interface AttachOptions {
  /** Where ssh is served, `/` for instance; every path without. */
  readonly path?: string;
  /**
   * Who the client is, where that is not the socket's other end: a reverse proxy says so in a header of its own, which nobody else
   * may be able to send. Where it throws, the upgrade is refused. With `isDirect: true` the address is good for `from=` and a
   * certificate's `source-address`, which are refused over WebSocket otherwise.
   */
  readonly peer?: (request: IncomingMessage) => Peer;
}

/**
 * Serves ssh over WebSocket on an HTTP server that may serve other things besides. Upgrades to other paths are left to
 * the server's other listeners; whom the hook `connection` refuses gets HTTP 403.
 * @returns what takes it away again; connections that are open stay.
 */
export function attach(server: Server, http: HttpServer, { path, peer: tell }: AttachOptions = {}): () => void {
  const upgrader = new WebSocketServer({ ...LINK_OPTIONS, noServer: true, clientTracking: false });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!isServed(request, path)) return;
    tune(request.socket);
    // Whoever goes while a hook makes up its mind.
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

/** Listens for ssh clients on WebSocket; `ssh-bridge` brings them. @throws the system's error. */
export async function listenWebSocket(server: Server, options: ListenOptions & AttachOptions): Promise<Listener> {
  checkListening(server, options, ['path', 'peer']);
  await server.ready();
  const create = (): HttpServer => {
    const http = createHttpServer((_request, response) => {
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

/** Cloudflare Workers: `export default worker(server)` serves ssh over WebSocket, and over the sockets given to `connect`. */
import { fromWebSocket, type LimitOptions, type Peer, type Server, type WebSocketLike } from '@nacre/core';
export {
  durableObjectKeyStore,
  kvKeyStore,
  type DurableObjectStorageLike,
  type KvNamespaceLike,
} from './workers/key-store.js';
import { readHeaders, tellPeer, TOO_LARGE } from './upgrade-request.js';
import { readEdgeLocation } from './workers/edge-location.js';
import { clientAddress, type WorkersRequest } from './workers/request.js';
import { fromWorkersSocket, type WorkersSocket } from './workers/socket-link.js';

export type { WorkersRequest } from './workers/request.js';
export { workersSockets, type WorkersConnect } from './workers/sockets.js';

export interface WorkersWebSocket extends WebSocketLike {
  accept(): void;
}

/** What is used of the context of a request; Cloudflare's own type fits. */
export interface WorkersContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** Give `context` along where you call them yourself: without it, a client that leaves early may take with it what all wait for. */
export interface WorkerHandlers<Env> {
  /** Upgrades to a WebSocket that carries one ssh connection, unless the hook `connection` refuses it (403). Answers every other request with how to connect. */
  fetch(request: WorkersRequest, env: Env, context?: WorkersContext): Promise<Response>;
  /** Serves a TCP connection from another Worker's `connect` or from workerd's `tcp` socket. */
  connect(socket: WorkersSocket, env: Env, context?: WorkersContext): Promise<void>;
}

declare const WebSocketPair: new () => { readonly 0: WorkersWebSocket; readonly 1: WorkersWebSocket };

/**
 * Windows of 256 KiB: reading cannot be paused, so only the window bounds the unread input. Writes of 64 KiB take a tenth
 * less of workerd's CPU time than those of 256; a tab carries more with the larger ones.
 */
export const workersLimits = {
  connection: { window: 256 * 1024, sendBuffer: 32 * 1024 },
} satisfies LimitOptions;

export interface WorkerOptions<Env> {
  /**
   * Who the client is: `edgePeer` if clients reach Cloudflare's network directly. Behind a proxy of your own, read a header
   * that only the proxy can set. If it throws, the upgrade is refused. With `isDirect: true` the address is used for `from=` and
   * a certificate's `source-address`, which are otherwise refused over WebSocket.
   */
  readonly peer?: (request: WorkersRequest, env: Env) => Peer;
}

/**
 * The handlers of a Worker. Give a function if the server needs bindings; it is called once per isolate. A connection belongs
 * to the request that opened it, so a handler cannot write to another connection's session: that needs a Durable Object.
 */
export function worker<Env = unknown>(
  server: Server | ((env: Env) => Server),
  { peer: tell = visitingPeer }: WorkerOptions<Env> = {},
): WorkerHandlers<Env> {
  let made: Server | undefined;
  const serverFor = (env: Env): Server => (made ??= typeof server === 'function' ? server(env) : server);
  return {
    async fetch(request, env, context) {
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired(request.url);
      const headers = headersOf(request);
      if (headers === undefined) return new Response(null, { status: TOO_LARGE });
      const peer = tellPeer(() => tell(request, env));
      if (peer === undefined) return new Response(null, { status: 400 });
      const edge = readEdgeLocation(request.cf);
      const serve = await begun(serverFor(env), context).admit(peer, { headers, ...(edge && { edge }) });
      if (serve === undefined) return new Response(null, { status: 403 });
      const { 0: client, 1: socket } = new WebSocketPair();
      socket.accept();
      void serve(fromWebSocket(socket, { peer, sendCopies: true })).catch(() => undefined);
      const switching: ResponseInit & { readonly webSocket: WorkersWebSocket } = { status: 101, webSocket: client };
      return new Response(null, switching);
    },
    async connect(socket, env, context) {
      const { remoteAddress } = await socket.opened;
      await begun(serverFor(env), context).accept(fromWorkersSocket(socket, parsePeer(remoteAddress)));
    },
  };
}

/**
 * Interop: workerd drops what a request waits for once its client has left. The first one's client would take the hook
 * `start` and the reading of the host keys with it, for which all others in the isolate wait, forever.
 */
function begun(server: Server, context: WorkersContext | undefined): Server {
  const start = async (): Promise<void> => {
    await server.ready();
    await server.hostKeys();
  };
  // Whoever connects hears of a failure.
  context?.waitUntil(start().catch(() => undefined));
  return server;
}

/**
 * For `worker(server, { peer: edgePeer })`: takes the address that Cloudflare's network states for the client's own. Security:
 * behind a bridge or proxy it is the address of that.
 */
export function edgePeer(request: WorkersRequest): Peer {
  const peer = visitingPeer(request);
  return peer.remoteAddress === undefined ? peer : { ...peer, isDirect: true };
}

function visitingPeer(request: WorkersRequest): Peer {
  const remoteAddress = clientAddress(request);
  return remoteAddress === undefined ? {} : { remoteAddress };
}

function headersOf({ headers }: WorkersRequest): ReadonlyMap<string, string> | undefined {
  const fields: [string, string][] = [];
  headers.forEach((value, name) => void fields.push([name, value]));
  return readHeaders(fields);
}

/** From `192.0.2.1:22` or `[2001:db8::1]:22`. */
function parsePeer(address: string | undefined): Peer {
  const match = /^\[?(.+?)\]?:(\d+)$/.exec(address ?? '');
  return match === null ? {} : { remoteAddress: match[1]!, remotePort: Number(match[2]) };
}

function upgradeRequired(url: string): Response {
  // With an impossible Host, as strangers may send one to a workerd of one's own.
  if (!URL.canParse(url)) return new Response(null, { status: 400 });
  const { protocol, host, pathname } = new URL(url);
  // Security: users copy this line into a shell, so no part of the URL may end the quotes.
  const target = `${protocol === 'http:' ? 'ws' : 'wss'}://${host}${pathname}`.replaceAll("'", '%27');
  const text = `This is an ssh server over WebSocket. Log in with\n  ssh -o ProxyCommand='ssh-bridge proxy ${target}' USER@HOST\n`;
  const headers = { 'content-type': 'text/plain; charset=utf-8', upgrade: 'websocket' };
  return new Response(text, { status: 426, headers });
}

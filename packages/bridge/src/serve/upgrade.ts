/** RFC 6455 §4.2: upgrades to links. Everything is decided before the answer, and before any target is touched. */
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { offeredProtocols, pathOf, type AllowLists, type Denial } from '../http/access.js';
import { denyUpgrade } from '../http/denial.js';
import { REQUEST_TIMEOUT } from '../http/http-server.js';
import type { Log } from '../log.js';
import type { Visitors } from '../net/visitors.js';
import { LINK_OPTIONS } from '../pump.js';
import { admit, opens, type Secrets } from './admission.js';
import { readGreeting } from './first-message.js';
import { CLOSE_POLICY, closeWith, type Caller } from './gateway.js';
import type { LinkCounter } from './link-counter.js';
import type { Route } from './route.js';

/** What a link may be called, in the order of preference; `binary` is websockify's name for it. */
const LINK_PROTOCOLS = ['binary', 'nacre.link.v1'] as const;
/** Bytes of a message on a link that has yet to show its secret. It keeps this bound. */
const MAX_GREETING_PAYLOAD = 64 * 1024;

export interface UpgradeOptions {
  readonly lists: () => AllowLists;
  readonly secrets: () => Secrets;
  readonly route: (path: string) => Route | undefined;
  readonly visitors: Visitors;
  readonly links: LinkCounter;
  readonly maxLinks: number;
  readonly isClosing: () => boolean;
  readonly onLink: (link: WebSocket, caller: Caller) => void;
  readonly log: Log;
}

export function serveUpgrades(server: Server, options: UpgradeOptions): void {
  const trusted = createLinkServer();
  const greeted = createLinkServer(MAX_GREETING_PAYLOAD);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!(socket instanceof Socket)) throw new TypeError('an HTTP server has sockets');
    const visitor = options.visitors.of(socket);
    const verdict = judge(request, visitor.address, options);
    if ('status' in verdict) {
      options.links.refuse(verdict.status === 503 ? 'full' : 'admission');
      if (verdict.status === 401) options.visitors.fail(visitor.address);
      denyUpgrade(request, socket, verdict, options.log);
      return;
    }
    const { route, admission } = verdict;
    if (admission === 'let in') {
      options.visitors.letIn(socket);
      trusted.handleUpgrade(request, socket, head, (link) => {
        link.pause();
        options.onLink(link, { visitor, route });
      });
      return;
    }
    greeted.handleUpgrade(request, socket, head, (link) => {
      void greet(link, pathOf(request), options).then((early) => {
        if (early === undefined) return;
        options.visitors.letIn(socket);
        options.onLink(link, { visitor, route, early });
      });
    });
  });
}

interface Verdict {
  readonly route: Route;
  readonly admission: 'let in' | 'first message';
}

function judge(request: IncomingMessage, address: string, options: UpgradeOptions): Verdict | Denial {
  const { visitors, links, maxLinks } = options;
  if (visitors.hasFailedTooOften(address)) return { status: 429, message: 'too many failures; wait a minute' };
  const path = pathOf(request);
  const route = options.route(path);
  // Security: a ticket is used up by `admit`, so all that needs no secret comes before it.
  if (options.isClosing()) return { status: 503, message: 'the bridge stops; try again in a moment' };
  if (links.totals().open >= maxLinks) return { status: 503, message: 'all links are taken; try again later' };
  const admission = admit(request, route === undefined ? '' : path, options.lists(), options.secrets());
  if (typeof admission !== 'string') return admission;
  return route === undefined
    ? { status: 404, message: 'this path names no target; it is /HOST:PORT' }
    : { route, admission };
}

/** Resolves to what came behind the secret, or to undefined when that was wrong and the link is closed. */
async function greet(link: WebSocket, path: string, options: UpgradeOptions): Promise<readonly Buffer[] | undefined> {
  link.on('error', () => undefined);
  const greeting = readGreeting(link, REQUEST_TIMEOUT);
  const secret = await greeting.secret;
  const rest = greeting.takeRest();
  if (secret !== undefined && opens(secret, path, options.secrets())) return rest;
  options.links.refuse('admission');
  closeWith(link, CLOSE_POLICY, 'the first message has to be a token or ticket');
  return undefined;
}

function createLinkServer(maxPayload: number = LINK_OPTIONS.maxPayload): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    ...LINK_OPTIONS,
    maxPayload,
    // Security: an entry with a secret is never echoed.
    handleProtocols: (_offered, request) =>
      LINK_PROTOCOLS.find((name) => offeredProtocols(request).includes(name)) ?? false,
  });
}

/** RFC 6455 §4.2: upgrades to links. Everything is decided before the answer, and before any target is touched. */
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { offeredProtocols, type AllowLists, type Denial } from '../http/access.js';
import { denyUpgrade } from '../http/denial.js';
import { endWhenSilent } from '../heartbeat.js';
import { REQUEST_TIMEOUT } from '../http/http-server.js';
import type { Log } from '../log.js';
import { TOO_MANY_FAILURES, type Visitor, type Visitors } from '../net/visitors.js';
import { MAX_PAYLOAD } from '../pump.js';
import { MAX_COMMAND_LENGTH, RELAY_PROTOCOL } from '../relay-v4/commands.js';
import type { Sessions } from '../resume/sessions.js';
import { RESUME_HEADER, RESUME_VERSION } from '../relay-v4/relay-names.js';
import { readResumeRequest, type ResumeRequest } from '../resume/upgrade.js';
import { acceptWebSocket, upgradeFault } from '../websocket/accept.js';
import { farewell } from '../websocket/close-with.js';
import type { Link } from '../websocket/link.js';
import { admit, admitReturn, opens, type Secrets } from './admission.js';
import { readGreeting } from './first-message.js';
import type { Caller } from './gateway.js';
import type { LinkCounter } from './link-counter.js';
import type { Route } from './route.js';

/** Subprotocols of a link, in order of preference; `binary` is websockify's name for it. */
const LINK_PROTOCOLS = ['binary', 'nacre.link.v1'] as const;
/** The largest message on a link that has yet to show its secret, in bytes. The bound stays for the whole link. */
const MAX_GREETING_PAYLOAD = 64 * 1024;

export interface UpgradeOptions {
  readonly lists: () => AllowLists;
  readonly secrets: () => Secrets;
  readonly route: (path: string) => Route | undefined;
  readonly visitors: Visitors;
  readonly links: LinkCounter;
  readonly sessions: Sessions;
  readonly maxLinks: number;
  readonly isClosing: () => boolean;
  readonly onLink: (link: Link, caller: Caller) => void;
  readonly log: Log;
}

/** An upgrade request and its connection. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly visitor: Visitor;
}

/** How a request that is let in goes on. */
type Verdict =
  | { readonly kind: 'plain'; readonly route: Route }
  | { readonly kind: 'greeted'; readonly path: string; readonly route: Route }
  | { readonly kind: 'resumable'; readonly byHeader: boolean; readonly route: Route }
  | { readonly kind: 'returning'; readonly sid: string; readonly received: number };

export function serveUpgrades(server: Server, options: UpgradeOptions): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!(socket instanceof Socket)) throw new TypeError('an HTTP server has sockets');
    const visitor = options.visitors.behind(request);
    const verdict = judge(request, visitor.address, options);
    if ('status' in verdict) {
      options.links.refuse(verdict.status === 503 ? 'full' : 'admission');
      denyUpgrade(request, socket, options.visitors.answerTo(visitor.address, verdict), options.log);
      return;
    }
    welcome({ request, socket, head, visitor }, verdict, options);
  });
}

function judge(request: IncomingMessage, address: string, options: UpgradeOptions): Verdict | Denial {
  const { visitors, links, maxLinks } = options;
  const asked = readResumeRequest(request);
  if ('status' in asked) return asked;
  const fault = upgradeFault(request);
  if (fault) return fault;
  if (asked.kind === 'reconnect') return judgeReturn(request, asked, options);
  const { path } = asked;
  const route = options.route(path);
  // Security: `admit` uses up a ticket, so everything that needs no secret is checked before it.
  if (options.isClosing()) return { status: 503, message: 'the bridge is stopping; try again in a moment' };
  if (links.count() >= maxLinks) return { status: 503, message: 'all links are taken; try again later' };
  const admission = admit(request, route === undefined ? '' : path, options.lists(), options.secrets());
  if (typeof admission !== 'string') return admission;
  if (route === undefined) return { status: 404, message: 'this path names no target; it is /HOST:PORT' };
  if (admission === 'let in') {
    return asked.kind === 'plain' ? { kind: 'plain', route } : { kind: 'resumable', byHeader: asked.byHeader, route };
  }
  // After too many wrong secrets, a visitor that has yet to show one gets no link.
  if (visitors.hasFailedTooOften(address)) return TOO_MANY_FAILURES;
  if (asked.kind === 'plain') return { kind: 'greeted', path, route };
  // The protocol has no room for a secret as a first message.
  return { status: 401, message: 'a page must show its ticket as a subprotocol here' };
}

function judgeReturn(
  request: IncomingMessage,
  { sid, received }: Extract<ResumeRequest, { kind: 'reconnect' }>,
  { lists, secrets, sessions }: UpgradeOptions,
): Verdict | Denial {
  const denial = admitReturn(request, lists(), secrets());
  if (denial) return denial;
  // A page cannot read the status, so it is told by a Close frame instead.
  if (!sessions.has(sid) && request.headers.origin === undefined)
    return { status: 410, message: 'there is no such session any more; connect again' };
  return { kind: 'returning', sid, received };
}

function welcome(arrival: Arrival, verdict: Verdict, options: UpgradeOptions): void {
  const { socket, visitor } = arrival;
  if (verdict.kind === 'greeted') {
    const link = upgrade(arrival, MAX_GREETING_PAYLOAD);
    void greet(link, verdict.path, options).then((early) => {
      if (early === undefined) {
        options.visitors.fail(visitor.address);
        return;
      }
      options.visitors.letIn(socket);
      options.onLink(link, { visitor, route: verdict.route, early });
    });
    return;
  }
  if (verdict.kind === 'returning') {
    const link = upgradeResumable(arrival, false);
    endWhenSilent(link);
    // Security: a client that names no live session is not let in, and takes a visitor's place until it answers the Close.
    if (options.sessions.attach(link, verdict.sid, verdict.received)) options.visitors.letIn(socket);
    else farewell(link, 'the session cannot go on');
    return;
  }
  options.visitors.letIn(socket);
  if (verdict.kind === 'plain') {
    options.onLink(upgrade(arrival, MAX_PAYLOAD), { visitor, route: verdict.route });
  } else {
    const link = upgradeResumable(arrival, verdict.byHeader);
    options.onLink(link, { visitor, route: verdict.route, isResumable: true });
  }
}

function upgrade({ request, socket, head }: Arrival, maxPayload: number): Link {
  // Security: an entry with a secret is never echoed.
  const protocol = LINK_PROTOCOLS.find((name) => offeredProtocols(request).includes(name));
  const deliver = maxPayload === MAX_PAYLOAD ? 'pieces' : 'messages';
  return acceptWebSocket(request, socket, head, { protocol, maxPayload, deliver });
}

function upgradeResumable({ request, socket, head }: Arrival, byHeader: boolean): Link {
  return acceptWebSocket(request, socket, head, {
    protocol: offeredProtocols(request).includes(RELAY_PROTOCOL) ? RELAY_PROTOCOL : undefined,
    headers: byHeader ? { [RESUME_HEADER]: RESUME_VERSION } : {},
    maxPayload: MAX_COMMAND_LENGTH,
    deliver: 'messages',
  });
}

/** Resolves to what came after the secret, or to undefined if that was wrong, with the link closed. */
async function greet(link: Link, path: string, options: UpgradeOptions): Promise<readonly Buffer[] | undefined> {
  link.on('error', () => undefined);
  const greeting = readGreeting(link, REQUEST_TIMEOUT);
  link.resume();
  const secret = await greeting.secret;
  const rest = greeting.takeRest();
  if (secret !== undefined && opens(secret, path, options.secrets())) return rest;
  options.links.refuse('admission');
  farewell(link, 'the first message must be a token or ticket');
  return undefined;
}

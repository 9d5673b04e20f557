/** `ssh-bridge serve`: accepts WebSockets and connects each to a TCP or Unix socket that the operator has chosen. */
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import { plainAddress, type ListenAddress } from '../address.js';
import { delay } from '../delay.js';
import type { AllowLists } from '../http/access.js';
import { createHttpServer, renewTls, REQUEST_TIMEOUT } from '../http/http-server.js';
import { createSecret, createTickets } from '../http/tickets.js';
import { noLog, type Log } from '../log.js';
import { boundFloods } from '../log-flood.js';
import type { Networks } from '../net/networks.js';
import type { Destination } from '../net/destination.js';
import { countVisitors, createVisitors, VISITOR_LIMITS, type VisitorLimits } from '../net/visitors.js';
import { expectProxyHeaders } from '../proxy-protocol/accept.js';
import { encodeProxyHeader, type ProxyVersion } from '../proxy-protocol/header.js';
import { createSessions } from '../resume/sessions.js';
import { bind, breakOff, closed, connectionsOf } from '../tcp-listen.js';
import { CLOSE, SHUTTING_DOWN } from '../websocket/close-codes.js';
import { FAREWELL_TIMEOUT } from '../websocket/close-with.js';
import type { Secrets, TicketGrant } from './admission.js';
import { carry, type GatewayOptions } from './gateway.js';
import { createLinkCounter, type LinkCounter, type LinkTotals } from './link-counter.js';
import { systemResolver, type DestinationPolicy, type Resolver } from './resolve.js';
import { route } from './route.js';
import { createSetting, type ServeLists, type Setting } from './setting.js';
import { serveTicketDesk, TICKET_LIFETIME } from './ticket-desk.js';
import { serveUpgrades } from './upgrade.js';
import { whenAborted } from '../when-aborted.js';

export interface ServeLimits extends VisitorLimits {
  /** Links at the same time; each takes two file descriptors. */
  readonly maxLinks: number;
  /** How long an HTTP request may take to arrive, in ms. */
  readonly requestTimeout: number;
}

export const SERVE_LIMITS: ServeLimits = { ...VISITOR_LIMITS, maxLinks: 4_096, requestTimeout: REQUEST_TIMEOUT };

export interface ServeOptions extends ServeLists {
  readonly listen: ListenAddress;
  /** The target of every path, or of `/` if targets are listed; always allowed. */
  readonly to?: Destination | undefined;
  readonly limits?: Partial<ServeLimits> | undefined;
  /** Whether trusted load balancers begin with a header of the PROXY protocol. */
  readonly proxyProtocol?: boolean | undefined;
  /** Sends targets a header of the PROXY protocol that names the visitor. */
  readonly sendProxyProtocol?: ProxyVersion | undefined;
  readonly resolver?: Resolver | undefined;
  /** How long a connection waits for a client whose link broke, in ms. */
  readonly resumeGrace?: number | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Serving {
  readonly port: number;
  /** The token in use; undefined if none is needed. */
  readonly token: string | undefined;
  totals(): LinkTotals;
  isClosing(): boolean;
  /** Leaves TLS as it is if `tls` is left out. @throws BridgeError, or Error for `tls`; nothing has changed then */
  reload(lists: ServeLists): void;
  /** Stops letting anybody in, and ends links that are still open after `drain` ms (default 0). */
  close(drain?: number): Promise<void>;
}

/** @throws BridgeError if an option is wrong or the address is unavailable */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { listen, resolver = systemResolver } = options;
  const log = boundFloods(options.log ?? noLog);
  const limits = { ...SERVE_LIMITS, ...options.limits };
  const freshToken = createSecret();
  const tickets = createTickets<TicketGrant>(TICKET_LIFETIME);
  const setUp = (lists: ServeLists, port: number): Setting =>
    createSetting(lists, { listen, to: options.to, port, freshToken });
  // Wrong options are reported before a port is taken.
  let setting = setUp(options, listen.port);
  const server = createHttpServer(limits.requestTimeout, options.tls);
  server.maxConnections = limits.maxLinks + limits.maxPending;
  const trusted = (): Networks => setting.trusted;
  const visitors = createVisitors(limits, trusted);
  countVisitors(server, visitors);
  if (options.proxyProtocol === true) expectProxyHeaders(server, trusted, visitors.introduce);
  const port = await bind(server, listen);
  setting = setUp(options, port);
  const links = createLinkCounter();
  const sessions = createSessions({ grace: options.resumeGrace });
  const ending = createEnding(server, links);
  const policy = (): DestinationPolicy => setting.policy;
  const gateway = {
    resolver,
    policy,
    preface: prefaceOf(options.sendProxyProtocol),
    links,
    sessions,
    log,
    signal: ending.signal,
  };
  const lists = (): AllowLists => setting.lists;
  const secrets = (): Secrets => ({ token: setting.token, tickets });
  serveTicketDesk(server, { lists, secrets, visitors, log });
  serveUpgrades(server, {
    lists,
    secrets,
    route: (path) => route(path, { fixed: options.to, allowed: setting.policy.allowed }),
    visitors,
    links,
    maxLinks: limits.maxLinks,
    isClosing: ending.hasBegun,
    sessions,
    onLink: (link, caller) => void carry(link, caller, gateway),
    log,
  });
  whenAborted(options.signal, () => void ending.close());
  return {
    port,
    token: setting.token,
    totals: links.totals,
    isClosing: ending.hasBegun,
    reload(next) {
      const made = setUp(next, port);
      if (next.tls !== undefined) renewTls(server, next.tls);
      setting = made;
    },
    close: ending.close,
  };
}

interface Ending {
  /** Aborts at the end, after `drain`. */
  readonly signal: AbortSignal;
  hasBegun(): boolean;
  close(drain?: number): Promise<void>;
}

function createEnding(server: Server, links: LinkCounter): Ending {
  const stop = new AbortController();
  // Every link adds a listener.
  setMaxListeners(0, stop.signal);
  const connections = connectionsOf(server);
  let hasBegun = false;
  return {
    signal: stop.signal,
    hasBegun: () => hasBegun,
    async close(drain = 0) {
      hasBegun = true;
      const ended = closed(server);
      await Promise.race([links.idle(), delay(drain)]);
      for (const link of links.open()) link.close(CLOSE.goingAway, SHUTTING_DOWN);
      await Promise.race([links.idle(), delay(FAREWELL_TIMEOUT)]);
      stop.abort();
      server.closeAllConnections();
      // The peers of sessions have just been told, others may leave a Close unanswered.
      await breakOff(connections, ended);
    },
  };
}

function prefaceOf(version: ProxyVersion | undefined): GatewayOptions['preface'] {
  if (version === undefined) return undefined;
  return (visitor, { remoteAddress, remotePort }) =>
    encodeProxyHeader(version, visitor, { address: plainAddress(remoteAddress), port: remotePort ?? 0 });
}

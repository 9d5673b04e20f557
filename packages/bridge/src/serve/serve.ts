/** `ssh-bridge serve`: WebSockets come in over HTTP, each leads to a TCP or Unix socket that the operator has chosen. */
import type { Server } from 'node:http';
import type { ServerOptions as TlsServerOptions } from 'node:https';
import { formatAddress, isLoopback, type ListenAddress } from '../address.js';
import { BridgeError } from '../bridge-error.js';
import { delay } from '../delay.js';
import { EXIT } from '../exit-codes.js';
import { allowLists, type AllowLists } from '../http/access.js';
import { createHttpServer, REQUEST_TIMEOUT } from '../http/http-server.js';
import { createSecret, createTickets } from '../http/tickets.js';
import { noLog, type Log } from '../log.js';
import { parseNetworks } from '../net/networks.js';
import type { Destination } from '../net/destination.js';
import { countVisitors, createVisitors, VISITOR_LIMITS, type VisitorLimits } from '../net/visitors.js';
import { createSessions } from '../resume/sessions.js';
import { bind } from '../tcp-listen.js';
import type { Secrets, TicketGrant } from './admission.js';
import { parseAllowedDestinations } from './allowed-destinations.js';
import { carry, CLOSE_GOING_AWAY } from './gateway.js';
import { createLinkCounter, type LinkTotals } from './link-counter.js';
import { systemResolver, type DestinationPolicy, type Resolver } from './resolve.js';
import { route } from './route.js';
import { serveTicketDesk, TICKET_LIFETIME } from './ticket-desk.js';
import { serveUpgrades } from './upgrade.js';

/** What a reload may change. */
export interface ServeLists {
  /** Targets that a path may name: `HOST:PORT`, `*.SUFFIX:PORT`, `ADDRESS/PREFIX:PORT`. */
  readonly allowTargets?: readonly string[] | undefined;
  /** Private networks that listed names may lead into. */
  readonly allowNetworks?: readonly string[] | undefined;
  /** Names that this bridge answers to beside the loopback ones, with the port if there is one. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Pages that may open links. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** What programs show. Default: a fresh one; `false` lets everybody in, on loopback only. */
  readonly token?: string | false | undefined;
}

export interface ServeLimits extends VisitorLimits {
  /** Links at the same time; each takes two file descriptors. */
  readonly maxLinks: number;
  /** An HTTP request has this long to arrive, in ms. */
  readonly requestTimeout: number;
}

export const SERVE_LIMITS: ServeLimits = { ...VISITOR_LIMITS, maxLinks: 4_096, requestTimeout: REQUEST_TIMEOUT };

export interface ServeOptions extends ServeLists {
  readonly listen: ListenAddress;
  /** The target of every path, or of `/` where targets are listed; always allowed. */
  readonly to?: Destination | undefined;
  /** Makes it `wss:`; `ca` with `requestCert` asks for certificates of clients. */
  readonly tls?: TlsServerOptions | undefined;
  readonly limits?: Partial<ServeLimits> | undefined;
  readonly resolver?: Resolver | undefined;
  /** How long a connection waits for a client whose link broke, in ms. */
  readonly resumeGrace?: number | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Serving {
  readonly port: number;
  /** The secret of this launch; undefined where none is needed. */
  readonly token: string | undefined;
  totals(): LinkTotals;
  isClosing(): boolean;
  /** @throws BridgeError and changes nothing when one of them is none */
  reload(lists: ServeLists): void;
  /** Lets nobody in any more, and ends what is still open after `drain` ms (default 0). */
  close(drain?: number): Promise<void>;
}

/** How long peers may take to answer our Close, in ms. */
const FAREWELL_TIMEOUT = 1_000;

/** @throws BridgeError when an option is wrong or the address cannot be had */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { log = noLog, listen, resolver = systemResolver } = options;
  const limits = { ...SERVE_LIMITS, ...options.limits };
  const freshToken = createSecret();
  const tickets = createTickets<TicketGrant>(TICKET_LIFETIME);
  const setUp = (lists: ServeLists, port: number): Setting => createSetting(lists, { options, port, freshToken });
  // Wrong options are told before a port is taken.
  setUp(options, listen.port);
  const server = createHttpServer(limits.requestTimeout, options.tls);
  server.maxConnections = limits.maxLinks + limits.maxPending;
  const visitors = createVisitors(limits);
  countVisitors(server, visitors);
  const port = await bind(server, listen);
  let setting = setUp(options, port);
  const links = createLinkCounter();
  const sessions = createSessions({ grace: options.resumeGrace });
  const stop = new AbortController();
  const state = { isClosing: false };
  const policy = (): DestinationPolicy => setting.policy;
  const gateway = { resolver, policy, preface: undefined, links, sessions, log, signal: stop.signal };
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
    isClosing: () => state.isClosing,
    sessions,
    onLink: (link, caller) => void carry(link, caller, gateway),
    log,
  });
  const close = async (drain = 0): Promise<void> => {
    state.isClosing = true;
    const closed = closeServer(server);
    await Promise.race([links.idle(), delay(drain)]);
    for (const link of links.open()) link.close(CLOSE_GOING_AWAY, 'the bridge stops');
    await Promise.race([links.idle(), delay(FAREWELL_TIMEOUT)]);
    stop.abort();
    server.closeAllConnections();
    await closed;
  };
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  return {
    port,
    token: setting.token,
    totals: links.totals,
    isClosing: () => state.isClosing,
    reload: (next) => void (setting = setUp(next, port)),
    close,
  };
}

/** What is looked up at each visit, whole, so that a reload changes all of it or nothing. */
interface Setting {
  readonly lists: AllowLists;
  readonly policy: {
    readonly allowed: ReturnType<typeof parseAllowedDestinations>;
    readonly networks: ReturnType<typeof parseNetworks>;
  };
  readonly token: string | undefined;
}

function createSetting(
  lists: ServeLists,
  { options, port, freshToken }: { readonly options: ServeOptions; readonly port: number; readonly freshToken: string },
): Setting {
  const allowed = parseAllowedDestinations(lists.allowTargets ?? []);
  if (options.to === undefined && allowed.isEmpty) {
    throw usage('there is no target', 'give --to HOST:PORT, or list what paths may name with --allow-target');
  }
  if (lists.token === false && !isLocal(options.listen)) {
    throw usage('--no-token is for loopback only', 'listen on 127.0.0.1, or leave --no-token out');
  }
  const own = options.listen.path === undefined ? [formatAddress({ host: options.listen.host, port })] : [];
  const { hosts } = allowLists(port, [...own, ...(lists.allowHosts ?? [])], []);
  return {
    // Security: unlike the relay this port serves no pages, so no page has its origin.
    lists: { hosts, origins: new Set((lists.allowOrigins ?? []).map((origin) => origin.toLowerCase())) },
    policy: { allowed, networks: parseNetworks(lists.allowNetworks ?? []) },
    token: lists.token === false ? undefined : (lists.token ?? freshToken),
  };
}

/** Whom a Unix socket lets in is said by its permissions. */
function isLocal({ host, path }: ListenAddress): boolean {
  return path !== undefined || isLoopback(host);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function usage(detail: string, hint: string): BridgeError {
  return new BridgeError('usage', EXIT.usage, detail, hint);
}

/** `ssh-bridge relay`: ssh clients arrive on TCP, a browser tab serves them over WebSocket (docs/relay-protocol.md). */
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { ListenAddress } from '../address.js';
import { noLog, type Log } from '../log.js';
import { boundFloods } from '../log-flood.js';
import { endWhenSilent } from '../heartbeat.js';
import { pump, socketStream } from '../pump.js';
import { bind, breakOff, closed, connectionsOf, MAX_CONNECTIONS, SSH_SOCKET_OPTIONS } from '../tcp-listen.js';
import { allowLists, type AllowLists } from '../http/access.js';
import { parseNetworks, type Networks } from '../net/networks.js';
import { countVisitors, createVisitors } from '../net/visitors.js';
import { expectProxyHeaders } from '../proxy-protocol/accept.js';
import type { LinkTotals } from '../serve/link-counter.js';
import { announceNext, clientOf, openDesk, receive, type Desk } from './desk.js';
import { RELAY_LIMITS, type RelayLimits } from './limits.js';
import { assertPage } from './page.js';
import { delay } from '../delay.js';
import { createHttpServer } from '../http/http-server.js';
import { serveSite } from './site.js';
import { farewell } from '../websocket/close-with.js';
import type { Link } from '../websocket/link.js';
import { createSecret } from '../http/tickets.js';
import { serveUpgrades } from './upgrade.js';
import { whenAborted } from '../when-aborted.js';

/** What a reload may change. */
export interface RelayLists {
  /** Added to the relay's own loopback names and origins. */
  readonly allowHosts?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  /** Networks of proxies that are believed when they say who is behind them. */
  readonly trust?: readonly string[] | undefined;
}

export interface RelayOptions extends RelayLists {
  /** The address for tabs. */
  readonly http: ListenAddress;
  /** The address for ssh clients. */
  readonly ssh: ListenAddress;
  /** A directory with the built page; without it, only the WebSockets are served. */
  readonly pageDir?: string | undefined;
  /** The page that an ssh client is told to open while no tab serves. Default: this relay's own page. */
  readonly pageUrl?: string | undefined;
  /** Passed to the page in /relay.json; its content security policy allows the ws: and wss: URLs among the values. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Whether trusted load balancers begin with a header of the PROXY protocol, on both ports. */
  readonly proxyProtocol?: boolean | undefined;
  readonly limits?: Partial<RelayLimits> | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Relay {
  readonly httpPort: number;
  readonly sshPort: number;
  readonly pageUrl: string;
  /** The secret of this launch, for a program that registers as a tab does. */
  readonly token: string;
  totals(): LinkTotals;
  isClosing(): boolean;
  /** @throws BridgeError and changes nothing if an entry is malformed */
  reload(lists: RelayLists): void;
  /** Stops letting anybody in, and ends connections that are still open after `drain` ms (default 0). */
  close(drain?: number): Promise<void>;
}

/** @throws BridgeError if an address is unavailable */
export async function relay(options: RelayOptions): Promise<Relay> {
  const { config = {}, pageDir } = options;
  const log = boundFloods(options.log ?? noLog);
  const limits = { ...RELAY_LIMITS, ...options.limits };
  if (pageDir !== undefined) await assertPage(pageDir);
  let setting = createSetting(options, options.http.port);
  const trusted = (): Networks => setting.trusted;
  const http = createHttpServer(limits.requestTimeout);
  const visitors = createVisitors(limits, trusted);
  countVisitors(http, visitors);
  if (options.proxyProtocol === true) expectProxyHeaders(http, trusted, visitors.introduce);
  const ssh = createServer(SSH_SOCKET_OPTIONS);
  ssh.maxConnections = MAX_CONNECTIONS;
  const httpPort = await bind(http, options.http);
  const sshPort = await bind(ssh, options.ssh).catch((error: unknown) => {
    http.close();
    throw error;
  });
  const pageUrl = options.pageUrl ?? `http://localhost:${httpPort}/`;
  const desk = openDesk({ pageUrl, sshPort, limits, log });
  const token = createSecret();
  setting = createSetting(options, httpPort);
  const lists = (): AllowLists => setting.lists;
  serveSite(http, { lists, token, sshPort, pageDir, config, log });
  serveUpgrades(http, {
    lists,
    visitors,
    token,
    isTicketValid: (ticket) => desk.room.isValid(ticket),
    sessions: desk.sessions,
    onHost: desk.tabs.register,
    onLink: (link, ticket, isResumable) => void join(link, ticket, isResumable, desk),
    onReturn: (link, sid, received) => rejoin(link, sid, received, desk),
    log,
  });
  ssh.on('connection', (socket) => receive(socket, desk));
  if (options.proxyProtocol === true) {
    expectProxyHeaders(ssh, trusted, (socket, visitor) => desk.introduced.set(socket, visitor));
  }
  const ending = createEnding(http, ssh, desk);
  whenAborted(options.signal, () => void ending.close());
  return {
    httpPort,
    sshPort,
    pageUrl,
    token,
    totals: desk.counter.totals,
    isClosing: ending.hasBegun,
    reload: (next) => void (setting = createSetting(next, httpPort)),
    close: ending.close,
  };
}

interface Setting {
  readonly lists: AllowLists;
  readonly trusted: Networks;
}

function createSetting({ allowHosts = [], allowOrigins = [], trust = [] }: RelayLists, httpPort: number): Setting {
  return { lists: allowLists(httpPort, allowHosts, allowOrigins), trusted: parseNetworks(trust) };
}

interface Ending {
  hasBegun(): boolean;
  close(drain?: number): Promise<void>;
}

function createEnding(http: HttpServer, ssh: Server, { tabs, stop }: Desk): Ending {
  const connections = connectionsOf(http);
  let hasBegun = false;
  return {
    hasBegun: () => hasBegun,
    async close(drain = 0) {
      hasBegun = true;
      const sshClosed = closed(ssh);
      await Promise.race([sshClosed, delay(drain)]);
      tabs.close();
      stop.abort();
      const httpClosed = closed(http);
      http.closeAllConnections();
      await breakOff(connections, Promise.all([sshClosed, httpClosed]));
    },
  };
}

/** The tab has dialled back: from here on bytes are only copied. */
async function join(link: Link, ticket: string, isResumable: boolean, desk: Desk): Promise<void> {
  const { room, log, stop, sessions, counter, limits } = desk;
  const waiting = room.take(ticket);
  if (waiting === undefined) {
    farewell(link, 'the ssh client has left');
    announceNext(desk);
    return;
  }
  const { socket, tab } = waiting;
  const client = clientOf(socket, desk);
  // A session outlives its links, which notice on their own that the tab is gone.
  const held = isResumable ? { terminate: () => undefined } : link;
  tab.links.add(held);
  announceNext(desk);
  log('info', 'connection-opened', `${client} connected`, { client });
  if (isResumable) endWhenSilent(link, limits.pingInterval, limits.pongTimeout);
  const stream = socketStream(socket);
  const ended = counter.add(link, socket);
  const end = await (isResumable ? sessions.carry(link, stream, stop.signal) : pump(link, stream, stop.signal));
  tab.links.delete(held);
  ended(end.how);
  log('info', 'connection-closed', `${client} ended: ${end.how}`, { client, how: end.how });
}

/** The tab has dialled again for a connection whose link broke. */
function rejoin(link: Link, sid: string, received: number, { sessions, limits }: Desk): void {
  endWhenSilent(link, limits.pingInterval, limits.pongTimeout);
  if (!sessions.attach(link, sid, received)) farewell(link, 'the session cannot go on');
}

/** `ssh-bridge relay`: ssh clients arrive on TCP, a browser tab serves them over WebSocket (docs/relay-protocol.md). */
import { createServer, type Server, type Socket } from 'node:net';
import { formatAddress, plainAddress, type ListenAddress } from '../address.js';
import { noLog, type Log } from '../log.js';
import { keepBeating } from '../heartbeat.js';
import { pump, socketStream } from '../pump.js';
import { createSessions, type Sessions } from '../resume/sessions.js';
import { refuse, SSH_DISCONNECT_BY_APPLICATION, SSH_DISCONNECT_TOO_MANY_CONNECTIONS } from '../refusal.js';
import { bind, MAX_CONNECTIONS, SSH_SOCKET_OPTIONS } from '../tcp-listen.js';
import { allowLists } from '../http/access.js';
import { RELAY_LIMITS, type RelayLimits } from './limits.js';
import { assertPage } from './page.js';
import { delay } from '../delay.js';
import { createHttpServer } from '../http/http-server.js';
import { serveSite } from './site.js';
import { createTabs, type Peer, type Tab, type Tabs } from './tabs.js';
import type { Link } from '../websocket/link.js';
import { createSecret } from '../http/tickets.js';
import { serveUpgrades } from './upgrade.js';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.js';

export interface RelayOptions {
  /** Where tabs come to. */
  readonly http: ListenAddress;
  /** Where ssh clients come to. */
  readonly ssh: ListenAddress;
  /** A directory with the built page; without it only the WebSockets are served. */
  readonly pageDir?: string | undefined;
  /** What an ssh client is told to open while no tab is there. Default: this relay's own page. */
  readonly pageUrl?: string | undefined;
  /** Added to the relay's own loopback names and origins. */
  readonly allowHosts?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  /** Given to the page in /relay.json; ws: and wss: URLs among the values are opened in its content policy. */
  readonly config?: Readonly<Record<string, string>> | undefined;
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
  /** Lets nobody in any more, and ends what is still open after `drain` ms (default 0). */
  close(drain?: number): Promise<void>;
}

/** @throws BridgeError when an address cannot be had */
export async function relay(options: RelayOptions): Promise<Relay> {
  const { log = noLog, config = {}, pageDir } = options;
  const limits = { ...RELAY_LIMITS, ...options.limits };
  if (pageDir !== undefined) await assertPage(pageDir);
  const http = createHttpServer(limits.requestTimeout);
  const ssh = createServer(SSH_SOCKET_OPTIONS);
  ssh.maxConnections = MAX_CONNECTIONS;
  const httpPort = await bind(http, options.http);
  const sshPort = await bind(ssh, options.ssh).catch((error: unknown) => {
    http.close();
    throw error;
  });
  const desk = openDesk(options, { httpPort, sshPort, limits, log });
  const token = createSecret();
  const lists = allowLists(httpPort, options.allowHosts ?? [], options.allowOrigins ?? []);
  const { isValid: isTicketValid } = desk.room;
  serveSite(http, { lists, token, sshPort, pageDir, config, log });
  serveUpgrades(http, {
    lists,
    token,
    isTicketValid,
    sessions: desk.sessions,
    onHost: desk.tabs.register,
    onLink: (link, ticket, isResumable) => void join(link, ticket, isResumable, desk),
    onReturn: (link, sid, received) => rejoin(link, sid, received, desk),
    log,
  });
  ssh.on('connection', (socket) => receive(socket, desk));
  const close = async (drain = 0): Promise<void> => {
    const sshClosed = closeServer(ssh);
    await Promise.race([sshClosed, delay(drain)]);
    desk.tabs.close();
    desk.stop.abort();
    const httpClosed = closeServer(http);
    http.closeAllConnections();
    await Promise.all([sshClosed, httpClosed]);
  };
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  return { httpPort, sshPort, pageUrl: desk.pageUrl, token, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** What the two ports share. */
interface Desk {
  readonly tabs: Tabs;
  readonly room: WaitingRoom;
  readonly sessions: Sessions;
  readonly limits: RelayLimits;
  readonly pageUrl: string;
  readonly log: Log;
  /** Ends every connection of an ssh client when it aborts. */
  readonly stop: AbortController;
}

interface DeskOptions {
  readonly httpPort: number;
  readonly sshPort: number;
  readonly limits: RelayLimits;
  readonly log: Log;
}

function openDesk(options: RelayOptions, { httpPort, sshPort, limits, log }: DeskOptions): Desk {
  const pageUrl = options.pageUrl ?? `http://localhost:${httpPort}/`;
  const room = createWaitingRoom(limits);
  const onGone = (tab: Tab): void => {
    for (const socket of room.evict(tab)) {
      refuse(socket, SSH_DISCONNECT_BY_APPLICATION, `The tab that serves here went away. Open ${pageUrl} again.`);
    }
  };
  return {
    tabs: createTabs({ limits, sshPort, onGone, log }),
    room,
    sessions: createSessions({ grace: limits.resumeGrace }),
    limits,
    pageUrl,
    log,
    stop: new AbortController(),
  };
}

/** An ssh client has come: announce it to the tab, or say why nobody serves it. */
function receive(socket: Socket, { tabs, room, pageUrl, log, stop }: Desk): void {
  const destroy = (): void => void socket.destroy();
  socket.on('error', destroy);
  stop.signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => stop.signal.removeEventListener('abort', destroy));
  const peer: Peer = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  const client = formatAddress({ host: peer.address, port: peer.port });
  const tab = tabs.current();
  if (tab === undefined) {
    log('info', 'client-refused', `${client} refused: no tab is open`, { client });
    refuse(
      socket,
      SSH_DISCONNECT_BY_APPLICATION,
      `No tab serves here now. Open ${pageUrl} in a browser, keep it open, and try again.`,
    );
    return;
  }
  const full = room.refusal(peer.address, tab);
  if (full !== undefined) {
    log('warn', 'client-refused', `${client} refused: ${full}`, { client });
    refuse(socket, SSH_DISCONNECT_TOO_MANY_CONNECTIONS, full);
    return;
  }
  const ticket = room.admit(socket, tab, () => {
    log('warn', 'link-timeout', `${client} refused: the tab did not dial back`, { client });
    refuse(
      socket,
      SSH_DISCONNECT_BY_APPLICATION,
      `The tab that serves here did not answer. Look at ${pageUrl} and try again.`,
    );
  });
  tabs.announce(tab, ticket, peer);
}

/** The tab has dialled back: from here on bytes are only copied. */
async function join(link: Link, ticket: string, isResumable: boolean, desk: Desk): Promise<void> {
  const { room, log, stop, sessions } = desk;
  const waiting = room.take(ticket);
  if (waiting === undefined) {
    link.terminate();
    return;
  }
  const { socket, tab } = waiting;
  const client = formatAddress({ host: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 });
  // A session outlives its links, which notice by themselves that their tab is gone.
  const held = isResumable ? { terminate: () => undefined } : link;
  tab.links.add(held);
  log('info', 'connection-opened', `${client} connected`, { client });
  if (isResumable) beat(link, desk);
  const stream = socketStream(socket);
  const end = await (isResumable ? sessions.carry(link, stream, stop.signal) : pump(link, stream, stop.signal));
  tab.links.delete(held);
  log('info', 'connection-closed', `${client} ended: ${end.how}`, { client, how: end.how });
}

/** The tab has dialled back for a connection whose link broke. */
function rejoin(link: Link, sid: string, received: number, desk: Desk): void {
  beat(link, desk);
  if (!desk.sessions.attach(link, sid, received)) link.terminate();
}

function beat(link: Link, { limits }: Desk): void {
  keepBeating(link, limits.pingInterval, limits.pongTimeout, () => link.terminate());
}

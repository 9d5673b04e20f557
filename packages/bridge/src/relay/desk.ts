/** What the relay's two ports share, and how ssh clients wait for their tab to dial back (docs/relay-protocol.md). */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { formatAddress, plainAddress } from '../address.js';
import type { Log, LogLevel } from '../log.js';
import { refuse, SSH_DISCONNECT_BY_APPLICATION, SSH_DISCONNECT_TOO_MANY_CONNECTIONS } from '../refusal.js';
import { createSessions, type Sessions } from '../resume/sessions.js';
import { createLinkCounter, type LinkCounter } from '../serve/link-counter.js';
import type { RelayLimits } from './limits.js';
import { createTabs, type Peer, type Tabs } from './tabs.js';
import { WaitingRoom } from './waiting-room.js';

export interface DeskOptions {
  /** The page that ssh clients are told to open. */
  readonly pageUrl: string;
  readonly sshPort: number;
  readonly limits: RelayLimits;
  readonly log: Log;
}

export interface Desk extends Omit<DeskOptions, 'sshPort'> {
  readonly tabs: Tabs;
  readonly room: WaitingRoom;
  readonly sessions: Sessions;
  readonly counter: LinkCounter;
  /** Visitors that load balancers have named. */
  readonly introduced: WeakMap<Socket, Peer>;
  /** Ends every connection of an ssh client when it aborts. */
  readonly stop: AbortController;
}

export function openDesk({ sshPort, ...options }: DeskOptions): Desk {
  const { limits, log } = options;
  const room = new WaitingRoom(limits);
  const stop = new AbortController();
  // Every connection adds a listener.
  setMaxListeners(0, stop.signal);
  const tabs = createTabs({
    limits,
    sshPort,
    onHosting: () => announceNext(desk),
    onLost: (tab) => room.unassign(tab),
    onGone() {
      for (const socket of room.unassigned()) turnAway(socket, REJECTIONS.gone, desk);
    },
    log,
  });
  const desk: Desk = {
    ...options,
    tabs,
    room,
    sessions: createSessions({ grace: limits.resumeGrace }),
    counter: createLinkCounter(),
    introduced: new WeakMap(),
    stop,
  };
  return desk;
}

function peerOf(socket: Socket, { introduced }: Desk): Peer {
  return introduced.get(socket) ?? { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
}

/** The name of an ssh client in the log. */
export function clientOf(socket: Socket, desk: Desk): string {
  const { address, port } = peerOf(socket, desk);
  return formatAddress({ host: address, port });
}

/** An ssh client has connected: it waits to be announced to the tab, or for a tab that was just lost, or is turned away. */
export function receive(socket: Socket, desk: Desk): void {
  const { tabs, room, stop } = desk;
  const destroy = (): void => void socket.destroy();
  socket.on('error', destroy);
  stop.signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => stop.signal.removeEventListener('abort', destroy));
  const { address } = peerOf(socket, desk);
  const full = tabs.isExpected() ? room.refusal(address) : undefined;
  if (!tabs.isExpected()) turnAway(socket, REJECTIONS.nobody, desk);
  else if (full !== undefined) turnAway(socket, fullUp(full), desk);
  else {
    const displaced = room.displaced(address);
    if (displaced) turnAway(displaced, fullUp('too many clients from your address are waiting'), desk);
    room.admit(socket, address, (hasLeft) => {
      if (!hasLeft) turnAway(socket, REJECTIONS.silent, desk);
      announceNext(desk);
    });
    announceNext(desk);
  }
}

/** Tells the tab of waiting clients, as many as it may have unanswered; called whenever it may have one more. */
export function announceNext(desk: Desk): void {
  const { room, tabs, limits } = desk;
  const tab = tabs.current();
  if (tab === undefined) return;
  for (let socket = room.next(tab); socket !== undefined; socket = room.next(tab)) {
    if (tab.links.size + room.count(tab) < limits.maxLinks) {
      tabs.announce(tab, room.assign(socket, tab), peerOf(socket, desk));
    } else {
      turnAway(socket, fullUp(`the tab already serves ${limits.maxLinks} connections; end one and try again`), desk);
    }
  }
}

/** Why an ssh client is not served: for the metrics and the log, and as a sentence for its user. */
interface Rejection {
  readonly counted: 'target' | 'full';
  readonly level: LogLevel;
  readonly event: 'client-refused' | 'link-timeout';
  readonly logged: string;
  told(pageUrl: string): string;
}

const REJECTIONS = {
  nobody: {
    counted: 'target',
    level: 'info',
    event: 'client-refused',
    logged: 'no tab is open',
    told: (pageUrl) => `No tab is serving now. Open ${pageUrl} in a browser, keep it open, and try again.`,
  },
  gone: {
    counted: 'target',
    level: 'info',
    event: 'client-refused',
    logged: 'the tab went away',
    told: (pageUrl) => `The serving tab went away. Open ${pageUrl} again.`,
  },
  silent: {
    counted: 'target',
    level: 'warn',
    event: 'link-timeout',
    logged: 'the tab did not dial back',
    told: (pageUrl) => `The serving tab did not answer. Look at ${pageUrl} and try again.`,
  },
} as const satisfies Record<string, Rejection>;

function fullUp(sentence: string): Rejection {
  return { counted: 'full', level: 'warn', event: 'client-refused', logged: sentence, told: () => sentence };
}

function turnAway(socket: Socket, { counted, level, event, logged, told }: Rejection, desk: Desk): void {
  const client = clientOf(socket, desk);
  desk.room.leave(socket);
  desk.counter.refuse(counted);
  desk.log(level, event, `${client} refused: ${logged}`, { client });
  const reason = counted === 'full' ? SSH_DISCONNECT_TOO_MANY_CONNECTIONS : SSH_DISCONNECT_BY_APPLICATION;
  refuse(socket, reason, told(desk.pageUrl));
}

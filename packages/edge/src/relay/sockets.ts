/** The sockets of an object: what it knows about one is attached to it, so that the object may sleep while they are open. */
import { openSocket, type RelaySocket, type RelayState } from './platform.js';

export type End = 'visitor' | 'host';

export const OTHER = { visitor: 'host', host: 'visitor' } as const satisfies Record<End, End>;

/** One end of a pair, and its state. */
export interface LinkState {
  readonly pair: string;
  readonly end: End;
  /** `returned`: it has told how much it has, and is greeted once the other has too. `joined`: its messages go to the other. */
  readonly phase: 'returned' | 'joined';
  /** Whether it has sent anything; if not, it may not have learnt its session id. */
  readonly hasSpoken: boolean;
  /** How many bytes of the other end it has, if it returned. */
  readonly received?: number;
}

export type SocketState = { readonly role: 'control' } | ({ readonly role: 'link' } & LinkState);

export interface LinkSocket {
  readonly socket: RelaySocket;
  readonly state: LinkState;
}

const OPEN = 1;
const CLOSED = 3;
const CONTROL = 'control';

export class Sockets {
  readonly #state: RelayState;

  constructor(state: RelayState) {
    this.#state = state;
  }

  /** @returns the end for the answer, and ours */
  acceptControl(): { readonly theirs: RelaySocket; readonly ours: RelaySocket } {
    return this.#accept(CONTROL, { role: 'control' });
  }

  acceptLink(link: LinkState): { readonly theirs: RelaySocket; readonly ours: RelaySocket } {
    return this.#accept(tagOf(link.pair, link.end), { role: 'link', ...link });
  }

  control(): RelaySocket | undefined {
    return this.#state.getWebSockets(CONTROL).find((socket) => isOpen(socket) && stateOf(socket));
  }

  link(pair: string, end: End): LinkSocket | undefined {
    for (const socket of this.#state.getWebSockets(tagOf(pair, end))) {
      const state = stateOf(socket);
      if (state?.role === 'link') return { socket, state };
    }
    return undefined;
  }

  /** How many sockets an end has, including those that are closing. */
  count(pair: string, end: End): number {
    return this.#state.getWebSockets(tagOf(pair, end)).length;
  }

  /** All sockets, including those that are closing. */
  all(): readonly RelaySocket[] {
    return this.#state.getWebSockets();
  }

  #accept(tag: string, state: SocketState): { readonly theirs: RelaySocket; readonly ours: RelaySocket } {
    const { theirs, ours } = openSocket();
    this.#state.acceptWebSocket(ours, [tag]);
    ours.serializeAttachment(state);
    return { theirs, ours };
  }
}

/** Undefined for a dismissed socket: what it still sends is ignored. */
export function stateOf(socket: RelaySocket): SocketState | undefined {
  return (socket.deserializeAttachment() as SocketState | null) ?? undefined;
}

export function note(socket: RelaySocket, link: LinkState): void {
  socket.serializeAttachment({ role: 'link', ...link } satisfies SocketState);
}

/** Nothing can be sent to a socket that is closing; its end is reported soon. */
export function isOpen(socket: RelaySocket): boolean {
  return socket.readyState === OPEN;
}

/** Closes a socket and ignores it from then on. */
export function dismiss(socket: RelaySocket, code: number, reason: string): void {
  socket.serializeAttachment(null);
  if (socket.readyState !== CLOSED) socket.close(code, reason);
}

function tagOf(pair: string, end: End): string {
  return `${end}:${pair}`;
}

/** ssh clients between their TCP connection and the tab's link: bounded, each with a ticket and a deadline. */
import type { Socket } from 'node:net';
import type { RelayLimits } from './limits.js';
import type { Tab } from './tabs.js';
import { createTickets } from '../http/tickets.js';

export interface WaitingRoom {
  /** Why no further client of this source, or of this tab, may wait; undefined when it may. */
  refusal(source: string, tab: Tab): string | undefined;
  /** Returns the ticket; `onTimeout` is called if nobody takes it in time. */
  admit(socket: Socket, source: string, tab: Tab, onTimeout: () => void): string;
  isValid(ticket: string): boolean;
  take(ticket: string): WaitingClient | undefined;
  /** Voids the tickets of a tab that is gone and gives back its clients. */
  evict(tab: Tab): readonly Socket[];
}

export interface WaitingClient {
  readonly socket: Socket;
  readonly tab: Tab;
}

interface Place extends WaitingClient {
  readonly source: string;
  readonly ticket: string;
  readonly timer: NodeJS.Timeout;
}

export function createWaitingRoom(limits: RelayLimits): WaitingRoom {
  const places = new Map<Socket, Place>();
  const tickets = createTickets<Socket>(limits.linkTimeout);
  const leave = (socket: Socket): Place | undefined => {
    const place = places.get(socket);
    if (place === undefined) return undefined;
    places.delete(socket);
    clearTimeout(place.timer);
    tickets.revoke(place.ticket);
    return place;
  };
  const count = (matches: (place: Place) => boolean): number => [...places.values()].filter(matches).length;
  return {
    refusal(source, tab) {
      if (places.size >= limits.maxWaiting) return 'too many clients are waiting; try again in a moment';
      if (count((place) => place.source === source) >= limits.maxWaitingPerSource) {
        return 'too many clients of your address are waiting; try again in a moment';
      }
      if (tab.links.size + count((place) => place.tab === tab) >= limits.maxLinks) {
        return `the tab serves ${limits.maxLinks} connections already; end one and try again`;
      }
      return undefined;
    },
    admit(socket, source, tab, onTimeout) {
      const ticket = tickets.issue(socket);
      const timer = setTimeout(() => {
        if (leave(socket)) onTimeout();
      }, limits.linkTimeout);
      places.set(socket, { socket, tab, source, ticket, timer });
      socket.once('close', () => leave(socket));
      return ticket;
    },
    isValid: (ticket) => tickets.isValid(ticket),
    take(ticket) {
      const socket = tickets.take(ticket);
      return socket && leave(socket);
    },
    evict(tab) {
      const evicted = [...places.values()].filter((place) => place.tab === tab);
      return evicted.map(({ socket }) => (leave(socket), socket));
    },
  };
}

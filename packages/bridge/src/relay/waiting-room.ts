/** ssh clients that wait for the tab's link: bounded, each with a deadline, and with a ticket if there is a tab. */
import type { Socket } from 'node:net';
import type { RelayLimits } from './limits.js';
import type { Tab } from './tabs.js';
import { sourceOf } from '../relay-v4/source.js';
import { createTickets } from '../http/tickets.js';

export interface WaitingRoom {
  /** Why no further client from this address may wait; undefined if one may. */
  refusal(address: string): string | undefined;
  /** Lets a client wait for any tab; `onTimeout` is called if none has taken it in time. */
  admit(socket: Socket, address: string, onTimeout: () => void): void;
  /** Returns the ticket with which this tab may take a client that waits for any tab. */
  assign(socket: Socket, tab: Tab): string;
  /** How many clients this tab has tickets for. */
  count(tab: Tab): number;
  isValid(ticket: string): boolean;
  take(ticket: string): WaitingClient | undefined;
  /** Voids the tickets of a lost tab: its clients wait for any tab, for the time that they have left. */
  unassign(tab: Tab): void;
  /** Clients that wait for any tab, in order of arrival. */
  unassigned(): readonly Socket[];
  leave(socket: Socket): void;
}

export interface WaitingClient {
  readonly socket: Socket;
  readonly tab: Tab;
}

interface Place {
  readonly source: string;
  readonly timer: NodeJS.Timeout;
  assigned: { readonly tab: Tab; readonly ticket: string } | undefined;
}

export function createWaitingRoom(limits: RelayLimits): WaitingRoom {
  const places = new Map<Socket, Place>();
  const tickets = createTickets<Socket>(limits.linkTimeout);
  const revoke = (place: Place): void => {
    if (place.assigned) tickets.revoke(place.assigned.ticket);
    place.assigned = undefined;
  };
  const leave = (socket: Socket): void => {
    const place = places.get(socket);
    if (place === undefined) return;
    places.delete(socket);
    clearTimeout(place.timer);
    revoke(place);
  };
  const count = (matches: (place: Place) => boolean): number => [...places.values()].filter(matches).length;
  return {
    refusal(address) {
      const source = sourceOf(address);
      if (places.size >= limits.maxWaiting) return 'too many clients are waiting; try again in a moment';
      if (count((place) => place.source === source) >= limits.maxWaitingPerSource) {
        return 'too many clients from your address are waiting; try again in a moment';
      }
      return undefined;
    },
    admit(socket, address, onTimeout) {
      const timer = setTimeout(onTimeout, limits.linkTimeout);
      places.set(socket, { source: sourceOf(address), timer, assigned: undefined });
      socket.once('close', () => leave(socket));
    },
    assign(socket, tab) {
      const ticket = tickets.issue(socket);
      const place = places.get(socket);
      if (place) place.assigned = { tab, ticket };
      return ticket;
    },
    count: (tab) => count((place) => place.assigned?.tab === tab),
    isValid: (ticket) => tickets.isValid(ticket),
    take(ticket) {
      const socket = tickets.take(ticket);
      const tab = socket && places.get(socket)?.assigned?.tab;
      if (socket === undefined || tab === undefined) return undefined;
      leave(socket);
      return { socket, tab };
    },
    unassign(tab) {
      for (const place of places.values()) if (place.assigned?.tab === tab) revoke(place);
    },
    unassigned: () => [...places].filter(([, place]) => place.assigned === undefined).map(([socket]) => socket),
    leave,
  };
}

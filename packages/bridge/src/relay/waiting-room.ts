/** ssh clients that wait for the tab's link: bounded, each with a deadline, and with a ticket if the tab was told of it. */
import type { Socket } from 'node:net';
import { createTickets, type Tickets } from '../http/tickets.js';
import { displacedBy, sourceOf } from '../relay-v4/source.js';
import { Turns } from '../relay-v4/turns.js';
import { holdInput } from './held-input.js';
import type { RelayLimits } from './limits.js';
import type { Tab } from './tabs.js';

export interface WaitingClient {
  readonly socket: Socket;
  readonly tab: Tab;
}

interface Place {
  readonly socket: Socket;
  readonly source: string;
  readonly timer: NodeJS.Timeout;
  /** Ends the reading of the client's input, and gives back what was read. */
  readonly giveBack: () => void;
  assigned: { readonly tab: Tab; readonly ticket: string } | undefined;
  /** The client is gone, but the tab may already be dialling. */
  hasLeft: boolean;
}

export class WaitingRoom {
  readonly #limits: RelayLimits;
  readonly #places = new Map<Socket, Place>();
  readonly #turns = new Turns<Socket>();
  readonly #tickets: Tickets<Socket>;

  constructor(limits: RelayLimits) {
    this.#limits = limits;
    this.#tickets = createTickets(limits.linkTimeout);
  }

  /** Why no further client from this address may wait; undefined if one may, perhaps in the place of `displaced`. */
  refusal(address: string): string | undefined {
    const { maxWaiting, maxWaitingPerSource } = this.#limits;
    const present = this.#present();
    const source = sourceOf(address);
    if (present.filter((place) => place.source === source).length >= maxWaitingPerSource) {
      return 'too many clients from your address are waiting; try again in a moment';
    }
    const isFull = present.length >= maxWaiting && this.displaced(address) === undefined;
    return isFull ? 'too many clients are waiting; try again in a moment' : undefined;
  }

  /** The client that has to go before one from this address may wait. */
  displaced(address: string): Socket | undefined {
    const present = this.#present();
    return present.length < this.#limits.maxWaiting ? undefined : displacedBy(sourceOf(address), present)?.socket;
  }

  /** Lets a client wait; `onTimeout` is called if no tab has taken it in time, or the ticket that it left behind. */
  admit(socket: Socket, address: string, onTimeout: (hasLeft: boolean) => void): void {
    const source = sourceOf(address);
    const timer = setTimeout(() => {
      this.#remove(place);
      onTimeout(place.hasLeft);
    }, this.#limits.linkTimeout);
    const place: Place = { socket, source, timer, giveBack: holdInput(socket), assigned: undefined, hasLeft: false };
    this.#places.set(socket, place);
    this.#turns.add(socket, source);
    socket.once('close', () => this.leave(socket));
  }

  /** The client to announce next; undefined if there is none, or if this tab has enough tickets to answer. */
  next(tab: Tab): Socket | undefined {
    return this.count(tab) < this.#limits.maxUnanswered ? this.#turns.next() : undefined;
  }

  /** @returns the ticket with which this tab may take the client */
  assign(socket: Socket, tab: Tab): string {
    const ticket = this.#tickets.issue(socket);
    const place = this.#places.get(socket);
    if (place) place.assigned = { tab, ticket };
    return ticket;
  }

  /** How many tickets this tab has not answered; those of clients that have left are among them. */
  count(tab: Tab): number {
    return [...this.#places.values()].filter(({ assigned }) => assigned?.tab === tab).length;
  }

  /** Whether `take` may be called: the client may have left. */
  isValid(ticket: string): boolean {
    return this.#tickets.isValid(ticket);
  }

  /** The ticket is void from then on. @returns undefined if its client has left */
  take(ticket: string): WaitingClient | undefined {
    const socket = this.#tickets.take(ticket);
    const place = socket && this.#places.get(socket);
    if (socket === undefined || place === undefined) return undefined;
    this.#remove(place);
    return place.hasLeft || place.assigned === undefined ? undefined : { socket, tab: place.assigned.tab };
  }

  /** Voids the tickets of a lost tab: its clients wait for any tab, for the time that they have left. */
  unassign(tab: Tab): void {
    for (const place of this.#places.values()) {
      if (place.assigned?.tab !== tab) continue;
      if (place.hasLeft) {
        this.#remove(place);
        continue;
      }
      this.#tickets.revoke(place.assigned.ticket);
      place.assigned = undefined;
      this.#turns.add(place.socket, place.source);
    }
  }

  /** Clients without a ticket, in order of arrival. */
  unassigned(): readonly Socket[] {
    return this.#present().flatMap(({ socket, assigned }) => (assigned === undefined ? [socket] : []));
  }

  /** The client no longer waits. */
  leave(socket: Socket): void {
    const place = this.#places.get(socket);
    if (place === undefined || place.hasLeft) return;
    if (place.assigned === undefined) {
      this.#remove(place);
      return;
    }
    // Security: the tab may be dialling. Browsers slow down a page whose WebSockets fail, so the ticket stays valid; and it
    // still counts for the tab, which would otherwise be told of ever more clients.
    place.hasLeft = true;
    place.giveBack();
  }

  #remove(place: Place): void {
    const { socket } = place;
    this.#places.delete(socket);
    this.#turns.delete(socket);
    clearTimeout(place.timer);
    if (place.assigned) this.#tickets.revoke(place.assigned.ticket);
    if (!place.hasLeft) place.giveBack();
  }

  #present(): readonly Place[] {
    return [...this.#places.values()].filter(({ hasLeft }) => !hasLeft);
  }
}

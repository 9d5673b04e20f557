/** Visitors whose request is not answered before the host's link comes: bounded, each with a ticket and a deadline. */
import type { Clock } from '@nacre/core';
import { displacedBy, Turns } from 'ssh-bridge/relay-v4';
import type { RelayLimits } from './limits.js';
import type { Denial } from './platform.js';
import { createSecret } from './secrets.js';

/**
 * The outcome of waiting; `link` is what the host's link has brought. `late`: the host did not answer; `crowded`: others
 * were before it, or needed its place; `left`: the host is gone.
 */
export type Outcome<T> = { readonly how: 'linked'; readonly link: T } | { readonly how: 'late' | 'crowded' | 'left' };

/** A visitor that has been waiting, and the function that gives it its link. */
export interface Taken<T> {
  readonly source: string | undefined;
  answer(link: T): void;
}

interface Place<T> {
  readonly source: string | undefined;
  readonly ticket: string;
  /** Tells the host of this visitor. */
  announce(ticket: string): void;
  settle(outcome: Outcome<T>): void;
}

export class WaitingRoom<T> {
  readonly #places = new Map<string, Place<T>>();
  #turns = new Turns<Place<T>>();
  /** Those that the host was told of and has not dialled back for. */
  readonly #unanswered = new Set<Place<T>>();
  readonly #limits: RelayLimits;
  readonly #clock: Clock;

  constructor(limits: RelayLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Why no further visitor from this source may wait while `linked` others are served; undefined if one may. */
  refusal(source: string | undefined, linked: number): Denial | undefined {
    const { maxWaiting, maxWaitingPerSource, maxLinks } = this.#limits;
    const places = [...this.#places.values()];
    if (source !== undefined && places.filter((place) => place.source === source).length >= maxWaitingPerSource) {
      return { status: 429, message: 'too many clients from your address are waiting; try again in a moment' };
    }
    if (places.length >= maxWaiting && this.#displacedBy(source) === undefined) {
      return { status: 503, message: 'too many clients are waiting; try again in a moment' };
    }
    if (linked + places.length >= maxLinks) {
      return { status: 503, message: `the host already serves ${maxLinks} connections; end one and try again` };
    }
    return undefined;
  }

  /**
   * Lets a visitor wait for its turn to be announced, in the place of another if there is no other. Its ticket is valid for one
   * link, until it has waited for too long.
   */
  admit(source: string | undefined, announce: (ticket: string) => void): Promise<Outcome<T>> {
    if (this.#places.size >= this.#limits.maxWaiting) {
      this.#displacedBy(source)?.settle({ how: 'crowded' });
    }
    const ticket = createSecret();
    return new Promise((resolve) => {
      const settle = (came: Outcome<T>): void => {
        cancel();
        this.#remove(place);
        resolve(came);
      };
      const place: Place<T> = { source, ticket, announce, settle };
      const cancel = this.#clock.schedule(
        () => settle({ how: hadTime ? 'late' : 'crowded' }),
        this.#limits.linkTimeout,
      );
      this.#places.set(ticket, place);
      this.#turns.add(place, source);
      this.#announceNext();
      // A host that was told only later has not failed to answer.
      const hadTime = this.#unanswered.has(place);
    });
  }

  /** Voids the ticket. @returns undefined if there is no such ticket */
  take(ticket: string): Taken<T> | undefined {
    const place = this.#places.get(ticket);
    if (place === undefined || !this.#unanswered.has(place)) return undefined;
    this.#remove(place);
    return { source: place.source, answer: (link) => place.settle({ how: 'linked', link }) };
  }

  /** Voids all tickets: the host that was to answer is gone. */
  evict(): void {
    this.#turns = new Turns();
    for (const { settle } of this.#places.values()) settle({ how: 'left' });
  }

  /** None that the host was told of: its dial would fail, and browsers slow down a page whose WebSockets fail. */
  #displacedBy(source: string | undefined): Place<T> | undefined {
    const unannounced = [...this.#places.values()].filter((place) => !this.#unanswered.has(place));
    return displacedBy(source, unannounced);
  }

  #remove(place: Place<T>): void {
    this.#places.delete(place.ticket);
    this.#turns.delete(place);
    this.#unanswered.delete(place);
    this.#announceNext();
  }

  /** A host that is a page dials slowly if it is told of too many at once. */
  #announceNext(): void {
    while (this.#unanswered.size < this.#limits.maxUnanswered) {
      const place = this.#turns.next();
      if (place === undefined) return;
      this.#unanswered.add(place);
      place.announce(place.ticket);
    }
  }
}

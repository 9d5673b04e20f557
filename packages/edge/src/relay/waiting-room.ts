/** Visitors whose request is not answered before the host's link comes: bounded, each with a ticket and a deadline. */
import type { Clock } from '@nacre/core';
import type { RelayLimits } from './limits.js';
import type { Denial } from './platform.js';
import { createSecret } from './secrets.js';

/** The outcome of waiting; `link` is what the host's link has brought. */
export type Outcome<T> = { readonly how: 'linked'; readonly link: T } | { readonly how: 'late' | 'left' };

export interface WaitingVisitor<T> {
  readonly ticket: string;
  readonly outcome: Promise<Outcome<T>>;
}

/** A visitor that has been waiting, and the function that gives it its link. */
export interface Taken<T> {
  readonly source: string | undefined;
  answer(link: T): void;
}

interface Place<T> {
  readonly source: string | undefined;
  settle(outcome: Outcome<T>): void;
}

export class WaitingRoom<T> {
  readonly #places = new Map<string, Place<T>>();
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
    if (places.length >= maxWaiting) {
      return { status: 503, message: 'too many clients are waiting; try again in a moment' };
    }
    if (linked + places.length >= maxLinks) {
      return { status: 503, message: `the host already serves ${maxLinks} connections; end one and try again` };
    }
    return undefined;
  }

  /** The ticket is valid for one link, until the visitor has waited for too long. */
  admit(source: string | undefined): WaitingVisitor<T> {
    const ticket = createSecret();
    const outcome = new Promise<Outcome<T>>((resolve) => {
      const settle = (came: Outcome<T>): void => {
        this.#places.delete(ticket);
        cancel();
        resolve(came);
      };
      const cancel = this.#clock.schedule(() => settle({ how: 'late' }), this.#limits.linkTimeout);
      this.#places.set(ticket, { source, settle });
    });
    return { ticket, outcome };
  }

  /** Voids the ticket. @returns undefined if there is no such ticket */
  take(ticket: string): Taken<T> | undefined {
    const place = this.#places.get(ticket);
    this.#places.delete(ticket);
    return place && { source: place.source, answer: (link) => place.settle({ how: 'linked', link }) };
  }

  /** Voids all tickets: the host that was to answer is gone. */
  evict(): void {
    for (const { settle } of this.#places.values()) settle({ how: 'left' });
  }
}

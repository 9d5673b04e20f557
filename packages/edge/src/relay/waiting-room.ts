/** Visitors between their request, which is not answered yet, and the host's link: bounded, each with a ticket and a deadline. */
import type { Clock } from '@nacre/core';
import type { RelayLimits } from './limits.js';
import type { Denial } from './platform.js';
import { createSecret } from './secrets.js';

/** What came of waiting; `link` is what the host's link has brought. */
export type Outcome<T> = { readonly how: 'linked'; readonly link: T } | { readonly how: 'late' | 'left' };

export interface WaitingVisitor<T> {
  readonly ticket: string;
  readonly outcome: Promise<Outcome<T>>;
}

/** Who has been waiting, and what tells him that his link is there. */
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

  /** Why no further visitor of this source may wait beside `linked` others that are served; undefined where it may. */
  refusal(source: string | undefined, linked: number): Denial | undefined {
    const { maxWaiting, maxWaitingPerSource, maxLinks } = this.#limits;
    const places = [...this.#places.values()];
    if (source !== undefined && places.filter((place) => place.source === source).length >= maxWaitingPerSource) {
      return { status: 429, message: 'too many clients of your address are waiting; try again in a moment' };
    }
    if (places.length >= maxWaiting) {
      return { status: 503, message: 'too many clients are waiting; try again in a moment' };
    }
    if (linked + places.length >= maxLinks) {
      return { status: 503, message: `the host serves ${maxLinks} connections already; end one and try again` };
    }
    return undefined;
  }

  /** The ticket is good for one link, until the visitor has waited for too long. */
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

  /** Voids the ticket. @returns undefined where there is no such ticket */
  take(ticket: string): Taken<T> | undefined {
    const place = this.#places.get(ticket);
    this.#places.delete(ticket);
    return place && { source: place.source, answer: (link) => place.settle({ how: 'linked', link }) };
  }

  /** Voids all tickets: whoever was to answer is gone. */
  evict(): void {
    for (const { settle } of this.#places.values()) settle({ how: 'left' });
  }
}

/** Which connections are admitted, and which unauthenticated ones must go when there are too many. */

/**
 * As in OpenSSH's MaxStartups: from `from` unauthenticated connections on, each further one is too many with
 * probability `rate`, which rises to 1 when all places are taken.
 */
export interface EarlyDrop {
  readonly from: number;
  readonly rate: number;
}

export interface AdmissionLimits {
  /** Connections that have not authenticated yet: in total, and from one source. */
  readonly unauthenticated: number;
  readonly unauthenticatedFromSource: number;
  /** By default from 30 in a hundred of `unauthenticated` on, at a rate of 0.3. */
  readonly earlyDrop?: EarlyDrop;
  /** Minimum time between two admitted connections, in ms. */
  readonly acceptDelay: number;
}

/** `displaces` is ended to make room. */
export type Verdict<T> = { readonly isAdmitted: false } | { readonly isAdmitted: true; readonly displaces?: T };

/** As in OpenSSH: early drop begins at this fraction of the places, with this probability. */
const EARLY_FROM = 0.3;
const EARLY_RATE = 0.3;

/** Connections without a known address count as one source, which has no limit of its own. */
const UNKNOWN = '';

/** The unauthenticated connections, by source. */
export class Admission<T> {
  readonly #limits: AdmissionLimits;
  readonly #random: () => number;
  readonly #waiting = new Map<string, Set<T>>();
  #size = 0;
  /** When the next connection may be admitted, in ms. */
  #nextAt = -Infinity;

  constructor(limits: AdmissionLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Unauthenticated connections. */
  get size(): number {
    return this.#size;
  }

  /** Unauthenticated connections of a source. */
  from(source: string = UNKNOWN): number {
    return this.#waiting.get(source)?.size ?? 0;
  }

  /**
   * Whether one more fits. If there are too many, one from the source with the most of them goes: the new one if that
   * is its own source, so that a flood displaces itself. If every source has just one, or none is known, the choice is
   * random.
   */
  judge(source: string = UNKNOWN): Verdict<T> {
    const { unauthenticatedFromSource } = this.#limits;
    const own = this.from(source);
    if (source !== UNKNOWN && own >= unauthenticatedFromSource) return { isAdmitted: false };
    if (this.#random() >= this.#dropRate()) return { isAdmitted: true };
    const sources = [...this.#waiting.values()];
    const most = Math.max(1, ...sources.map(({ size }) => size));
    if (own > 0 && own + 1 >= most && source !== UNKNOWN) return { isAdmitted: false };
    const lot = sources.filter(({ size }) => size === most).flatMap((waiting) => [...waiting]);
    const displaces = lot[Math.floor(this.#random() * (lot.length + (own + 1 >= most ? 1 : 0)))];
    return displaces === undefined ? { isAdmitted: false } : { isAdmitted: true, displaces };
  }

  #dropRate(): number {
    const { unauthenticated, earlyDrop } = this.#limits;
    const { from, rate } = earlyDrop ?? { from: EARLY_FROM * unauthenticated, rate: EARLY_RATE };
    if (this.#size >= unauthenticated) return 1;
    if (this.#size < from) return 0;
    return rate + ((1 - rate) * (this.#size - from)) / Math.max(1, unauthenticated - from);
  }

  enter(connection: T, source: string = UNKNOWN): void {
    const waiting = this.#waiting.get(source) ?? new Set();
    this.#waiting.set(source, waiting.add(connection));
    this.#size += 1;
  }

  /** It has authenticated, or ended. */
  leave(connection: T, source: string = UNKNOWN): void {
    const waiting = this.#waiting.get(source);
    if (waiting?.delete(connection) !== true) return;
    this.#size -= 1;
    if (waiting.size === 0) this.#waiting.delete(source);
  }

  /** How long a connection admitted now has to wait for its turn, in ms. */
  delay(now: number): number {
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#limits.acceptDelay;
    return at - now;
  }
}

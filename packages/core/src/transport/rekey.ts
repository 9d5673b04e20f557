/** RFC 4253 §9: when keys are to be changed. */

/** A rekey is due when either direction has carried this much under its keys, or when they are this old. */
export interface RekeyLimits {
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

/** RFC 4253 §9 recommends a gigabyte and an hour; 2^28 packets stay far from the reuse of a sequence number (RFC 4344 §3.1). */
export const DEFAULT_REKEY_LIMITS: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 28, milliseconds: 3_600_000 };

/** How long a rekey may take, in ms. */
const REKEY_TIMEOUT = 30_000;
/** While the peer has not begun, silence of more than this counts as this much, in ms. */
const MAXIMUM_GAP = 1000;

/**
 * How long a peer may take for a rekey. A peer that does not read, or sleeps, cannot know that we have begun: until its KEXINIT
 * comes only the time counts in which it sends and reads. From then on it is its turn, and the clock runs.
 */
export class RekeyPatience {
  /** When it ends, in ms; undefined while only traffic counts. */
  deadline: number | undefined;
  #left = REKEY_TIMEOUT;
  #last: number;

  constructor(now: number) {
    this.#last = now;
  }

  /** Bytes have come from the peer; `hasRead` says whether all that we sent has left. */
  heard(now: number, hasRead: boolean): void {
    if (hasRead) this.#left -= Math.min(now - this.#last, MAXIMUM_GAP);
    this.#last = now;
  }

  /** The peer's KEXINIT has come. */
  begun(now: number): void {
    this.deadline = now + REKEY_TIMEOUT;
  }

  isOver(now: number): boolean {
    return this.deadline === undefined ? this.#left <= 0 : now >= this.deadline;
  }
}

export interface KeyUse {
  readonly bytes: number;
  readonly packets: number;
}

/** Whether keys that came at `since` and have been used so are to be changed at `now` (both in ms). */
export function isRekeyDue(uses: readonly KeyUse[], since: number, now: number, limits: RekeyLimits): boolean {
  return (
    now - since >= limits.milliseconds || uses.some((use) => use.bytes >= limits.bytes || use.packets >= limits.packets)
  );
}

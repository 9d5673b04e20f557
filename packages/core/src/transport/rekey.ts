/** RFC 4253 §9: when keys are to be changed. */

import { ConfigurationError, KeyExchangeError, ProtocolError } from '../errors.js';

/** A rekey is due when either direction has carried this much under its keys, or when they are this old and have been used. */
export interface RekeyLimits {
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

/** RFC 4253 §9 recommends a gigabyte and an hour; 2^28 packets stay far from the reuse of a sequence number (RFC 4344 §3.1). */
export const DEFAULT_REKEY_LIMITS: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 28, milliseconds: 3_600_000 };

/**
 * Least and most of each. Below, a connection would do little else than exchange keys. Above: 2^32 blocks of 16 bytes
 * (RFC 4344 §3.2), 2^31 packets (RFC 4344 §3.1), and a week, which a timer can still count.
 */
const RANGES: Readonly<Record<keyof RekeyLimits, readonly [number, number]>> = {
  bytes: [16 * 1024, 2 ** 36],
  packets: [64, 2 ** 31],
  milliseconds: [1000, 604_800_000],
};

/** The limits an application gave, completed. @throws ConfigurationError for one that does not exist or is out of range. */
export function rekeyLimits(given: Partial<RekeyLimits> = {}): RekeyLimits {
  for (const [name, value] of Object.entries(given)) {
    const range = RANGES[name as keyof RekeyLimits];
    if (range === undefined) {
      throw new ConfigurationError(`there is no rekey limit "${name}"; there are ${Object.keys(RANGES).join(', ')}`);
    }
    if (!(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      throw new ConfigurationError(`rekey.${name} is a whole number from ${range[0]} to ${range[1]}, not ${value}`);
    }
  }
  return { ...DEFAULT_REKEY_LIMITS, ...given };
}

/** RFC 4344 §3.2: bytes under one key, at most 2^(L/4) blocks of L bits, and a gigabyte where blocks have less than 128. */
export function maximumBytes(blockLength: number): number {
  return blockLength < 16 ? 2 ** 30 : blockLength * 2 ** (blockLength * 2);
}

/**
 * Security: at 2^32 packets a sequence number would come again under the same key, so that some before it nothing is sent
 * or taken any more, but a last DISCONNECT.
 */
export const MAXIMUM_PACKETS = 2 ** 32 - 16;

/** How long a rekey may take, in ms. */
const REKEY_TIMEOUT = 30_000;
/** While the peer has not begun, silence of more than this counts as this much, in ms. */
const MAXIMUM_GAP = 1000;

/**
 * How long a peer may take for a rekey. A machine that sleeps is no attacker, so that only time with traffic counts. A peer that
 * does not read cannot know that we have begun: until its KEXINIT comes only the time counts in which it sends and reads. From
 * then on it is its turn: all time counts while something waits for it, and else the time in which it sends.
 */
export class RekeyPatience {
  /** When to ask `isOver`, in ms; undefined before the peer has begun. */
  deadline: number | undefined;
  #left = REKEY_TIMEOUT;
  #last: number;
  /** Since when nothing has come that was not forgiven. */
  #since: number;

  constructor(now: number) {
    this.#last = now;
    this.#since = now;
  }

  /** Bytes have come from the peer; whether all that we sent has left, and whether anything waits for the exchange to end. */
  heard(now: number, hasRead: boolean, isAwaited: boolean): void {
    const hasBegun = this.deadline !== undefined;
    if (hasBegun && isAwaited) this.#left -= now - this.#since;
    else if (hasBegun || hasRead) this.#left -= Math.min(now - this.#last, MAXIMUM_GAP);
    this.#last = now;
    this.#since = now;
    if (hasBegun) this.deadline = now + this.#left;
  }

  /** The peer's KEXINIT has come. */
  begun(now: number): void {
    this.#left = REKEY_TIMEOUT;
    this.#last = now;
    this.#since = now;
    this.deadline = now + REKEY_TIMEOUT;
  }

  /** The silence of a peer for which nothing waits is forgiven. */
  isOver(now: number, isAwaited: boolean): boolean {
    if (this.deadline !== undefined && now >= this.deadline && this.#left > 0) {
      if (isAwaited) return true;
      this.#since = now;
      this.deadline = now + REKEY_TIMEOUT;
    }
    return this.#left <= 0;
  }
}

/** How much one direction has carried under its keys. */
export interface KeyUse {
  readonly bytes: number;
  readonly packets: number;
  /** What its cipher is good for, in bytes. */
  readonly maximumBytes: number;
}

/** Whether keys that came at `since` and have been used so are to be changed at `now` (both in ms). */
export function isRekeyDue(
  incoming: KeyUse,
  outgoing: KeyUse,
  since: number,
  now: number,
  limits: RekeyLimits,
): boolean {
  if (isUsedUp(incoming, limits) || isUsedUp(outgoing, limits)) return true;
  return now - since >= limits.milliseconds && isUsed(incoming, outgoing);
}

/** Keys that nobody has used need no successor: an idle connection sleeps. */
export function isUsed(incoming: KeyUse, outgoing: KeyUse): boolean {
  return incoming.packets + outgoing.packets > 0;
}

function isUsedUp(use: KeyUse, limits: RekeyLimits): boolean {
  return use.bytes >= limits.bytes || use.bytes >= use.maximumBytes || use.packets >= limits.packets;
}

/** Exchanges before a peer is authenticated, the first included: for each the host key signs, and clients need one. */
const MAXIMUM_EXCHANGES_BEFORE_AUTHENTICATION = 4;

/** How things stand between us and the peer. */
export interface Waiting {
  /** All that we sent has left. */
  hasRead(): boolean;
  /** Something waits for an exchange to end. */
  isAwaited(): boolean;
}

/** When a connection changes its keys, and for how long and how often the peer may have it do so. */
export class RekeySchedule {
  /** Interop: OpenSSH 10 bears no rekey of ours before. */
  isAuthenticated = false;
  keysSince: number;
  readonly #limits: RekeyLimits;
  readonly #waiting: Waiting;
  /** Of every exchange but the first, which the login's grace bounds. */
  #patience: RekeyPatience | undefined;
  #exchanges = 0;

  constructor(limits: RekeyLimits, now: number, waiting: Waiting) {
    this.#limits = limits;
    this.#waiting = waiting;
    this.keysSince = now;
  }

  heard(now: number): void {
    this.#patience?.heard(now, this.#waiting.hasRead(), this.#waiting.isAwaited());
  }

  /** Our KEXINIT of a later exchange leaves. */
  begin(now: number): void {
    this.#patience = new RekeyPatience(now);
  }

  /** The peer's KEXINIT has come. @throws ProtocolError where a stranger sends it too often. */
  peerBegan(now: number): void {
    this.#exchanges += 1;
    if (!this.isAuthenticated && this.#exchanges > MAXIMUM_EXCHANGES_BEFORE_AUTHENTICATION) {
      throw new ProtocolError('too many key exchanges before authentication');
    }
    this.#patience?.begun(now);
  }

  /** There are new keys. */
  done(now: number): void {
    this.#patience = undefined;
    this.keysSince = now;
  }

  /** Whether we are to begin. @throws KeyExchangeError where an exchange takes too long. */
  isDue(now: number, incoming: KeyUse | undefined, outgoing: KeyUse | undefined): boolean {
    if (this.#patience?.isOver(now, this.#waiting.isAwaited()) === true) {
      throw new KeyExchangeError('the peer did not finish a key exchange in time');
    }
    return this.#mayBegin && isRekeyDue(incoming!, outgoing!, this.keysSince, now, this.#limits);
  }

  /** When to ask `isDue`, in ms; undefined while nothing is pending. */
  deadline(incoming: KeyUse | undefined, outgoing: KeyUse | undefined): number | undefined {
    if (this.#patience !== undefined) return this.#patience.deadline;
    return this.#mayBegin && isUsed(incoming!, outgoing!) ? this.keysSince + this.#limits.milliseconds : undefined;
  }

  /** After authentication there are keys, and an exchange is one that we have patience with. */
  get #mayBegin(): boolean {
    return this.isAuthenticated && this.#patience === undefined;
  }
}

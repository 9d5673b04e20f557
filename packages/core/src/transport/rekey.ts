/** RFC 4253 §9: when to change keys. */

import { KeyExchangeError, ProtocolError } from '../errors.js';
import { requireNames, wholeNumber } from '../option.js';

/** A rekey is due when either direction has carried this much under its keys, or the keys are this old and were used. */
export interface RekeyLimits {
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

/** RFC 4253 §9 recommends a gigabyte and an hour; 2^28 packets stay far from the reuse of a sequence number (RFC 4344 §3.1). */
export const DEFAULT_REKEY_LIMITS: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 28, milliseconds: 3_600_000 };

/**
 * Minimum and maximum of each. Below, a connection would do little but exchange keys. Above: 2^32 blocks of 16 bytes
 * (RFC 4344 §3.2), 2^31 packets (RFC 4344 §3.1), and a week, which a timer can still count.
 */
const RANGES: Readonly<Record<keyof RekeyLimits, readonly [number, number]>> = {
  bytes: [16 * 1024, 2 ** 36],
  packets: [64, 2 ** 31],
  milliseconds: [1000, 604_800_000],
};

/** The limits of an application, with defaults. @throws ConfigurationError for an unknown one, or one out of range. */
export function rekeyLimits(given: Partial<RekeyLimits> = {}): RekeyLimits {
  requireNames('rekey', Object.keys(given), RANGES);
  for (const [name, value] of Object.entries(given))
    wholeNumber(`rekey.${name}`, value, ...RANGES[name as keyof RekeyLimits]);
  return { ...DEFAULT_REKEY_LIMITS, ...given };
}

/** RFC 4344 §3.2: bytes under one key: at most 2^(L/4) blocks of L bits, and a gigabyte if L is less than 128. */
export function maximumBytes(blockLength: number): number {
  return blockLength < 16 ? 2 ** 30 : blockLength * 2 ** (blockLength * 2);
}

/**
 * Security: after 2^32 packets a sequence number would be reused under the same key, so some packets before that
 * nothing is sent or accepted any more, except a final DISCONNECT.
 */
export const MAXIMUM_PACKETS = 2 ** 32 - 16;

/** How long a rekey may take, in ms. */
const REKEY_TIMEOUT = 30_000;
/** Until the peer has begun, a longer silence counts as this much, in ms. */
const MAXIMUM_GAP = 1000;

/**
 * How long a peer may take for a rekey. A machine that sleeps is not an attacker, so only time with traffic counts. A
 * peer that does not read cannot know that we have begun: until its KEXINIT arrives, only the time in which it both
 * sends and reads counts. From then on it is the peer's turn: all time counts while something waits for it, otherwise
 * the time in which it sends.
 */
export class RekeyPatience {
  /** When to call `isOver`, in ms; undefined before the peer has begun. */
  deadline: number | undefined;
  #left = REKEY_TIMEOUT;
  #last: number;
  /** Since when nothing has arrived, excluding silence already forgiven. */
  #since: number;

  constructor(now: number) {
    this.#last = now;
    this.#since = now;
  }

  /** Bytes have arrived. `hasRead`: all that we sent has left. `isAwaited`: something waits for the exchange to end. */
  heard(now: number, hasRead: boolean, isAwaited: boolean): void {
    const hasBegun = this.deadline !== undefined;
    if (hasBegun && isAwaited) this.#left -= now - this.#since;
    else if (hasBegun || hasRead) this.#left -= Math.min(now - this.#last, MAXIMUM_GAP);
    this.#last = now;
    this.#since = now;
    if (hasBegun) this.deadline = now + this.#left;
  }

  /** The peer's KEXINIT has arrived. */
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
  /** The most that its cipher can safely carry, in bytes. */
  readonly maximumBytes: number;
}

/** Whether keys in use since `since`, with this much traffic, must be changed at `now` (both in ms). */
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

/** Keys that nobody has used need no replacement, so that idle connections can sleep. */
export function isUsed(incoming: KeyUse, outgoing: KeyUse): boolean {
  return incoming.packets + outgoing.packets > 0;
}

function isUsedUp(use: KeyUse, limits: RekeyLimits): boolean {
  return use.bytes >= limits.bytes || use.bytes >= use.maximumBytes || use.packets >= limits.packets;
}

/** Exchanges before a peer is authenticated, the first included: each costs a host key signature; clients need one. */
const MAXIMUM_EXCHANGES_BEFORE_AUTHENTICATION = 4;

/** The state of what is sent and awaited. */
export interface Waiting {
  /** Everything that we sent has left. */
  hasRead(): boolean;
  /** Something waits for an exchange to end. */
  isAwaited(): boolean;
}

/** Decides when a connection changes its keys, and limits how long the peer may take and how often it may start. */
export class RekeySchedule {
  /**
   * Interop: OpenSSH 10 does not tolerate a rekey from us before. `zlib@openssh.com` does not either: SSH_MSG_USERAUTH_SUCCESS
   * would wait for the exchange, whose own messages would be compressed as if it had been sent.
   */
  isAuthenticated = false;
  keysSince: number;
  readonly #limits: RekeyLimits;
  readonly #waiting: Waiting;
  /** For every exchange but the first, which the login grace bounds. */
  #patience: RekeyPatience | undefined;
  #exchanges = 0;
  /** Asked for by the application, and not begun. */
  #isWanted = false;

  constructor(limits: RekeyLimits, now: number, waiting: Waiting) {
    this.#limits = limits;
    this.#waiting = waiting;
    this.keysSince = now;
  }

  heard(now: number): void {
    this.#patience?.heard(now, this.#waiting.hasRead(), this.#waiting.isAwaited());
  }

  /** The application wants new keys. @returns whether to begin at once; before the login, that is due once it is over. */
  want(): boolean {
    this.#isWanted = true;
    return this.#mayBegin;
  }

  /** Our KEXINIT of a later exchange is sent. */
  begin(now: number): void {
    this.#isWanted = false;
    this.#patience = new RekeyPatience(now);
  }

  /** The peer's KEXINIT has arrived. @throws ProtocolError if an unauthenticated peer sends it too often. */
  peerBegan(now: number): void {
    this.#exchanges += 1;
    if (!this.isAuthenticated && this.#exchanges > MAXIMUM_EXCHANGES_BEFORE_AUTHENTICATION) {
      throw new ProtocolError('too many key exchanges before authentication');
    }
    this.#patience?.begun(now);
  }

  /** The new keys are in use. */
  done(now: number): void {
    this.#isWanted = false;
    this.#patience = undefined;
    this.keysSince = now;
  }

  /** Whether we should begin. @throws KeyExchangeError if an exchange takes too long. */
  isDue(now: number, incoming: KeyUse | undefined, outgoing: KeyUse | undefined): boolean {
    if (this.#patience?.isOver(now, this.#waiting.isAwaited()) === true) {
      throw new KeyExchangeError('the peer did not finish a key exchange in time');
    }
    return this.#mayBegin && (this.#isWanted || isRekeyDue(incoming!, outgoing!, this.keysSince, now, this.#limits));
  }

  /** When to call `isDue`, in ms; undefined while nothing is pending. */
  deadline(incoming: KeyUse | undefined, outgoing: KeyUse | undefined): number | undefined {
    if (this.#patience !== undefined) return this.#patience.deadline;
    return this.#mayBegin && isUsed(incoming!, outgoing!) ? this.keysSince + this.#limits.milliseconds : undefined;
  }

  /** Only once authenticated, when there are keys, and while no rekey is in progress. */
  get #mayBegin(): boolean {
    return this.isAuthenticated && this.#patience === undefined;
  }
}

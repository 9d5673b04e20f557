/** The engine's deadlines: the login grace, packets that never end, and checks that a silent peer is still there. */
import { MacError, TimeoutError } from '../errors.js';
import { wholeNumber } from '../option.js';

/**
 * After `interval` ms of silence the peer is probed (`keepalive@openssh.com`), at most `countMax` times in a row: the
 * connection to a peer that has gone ends after `interval * (countMax + 1)` ms.
 */
export interface KeepaliveOptions {
  readonly interval: number;
  /** 3 by default. */
  readonly countMax?: number;
}

const DEFAULT_COUNT = 3;
const MAXIMUM_COUNT = 100;
/** A day, in ms: no NAT keeps a mapping for that long. */
const MAXIMUM_INTERVAL = 86_400_000;
/** How long a packet may take to arrive, in ms: 256 KiB at 70 kbit/s. */
const PACKET_TIMEOUT = 30_000;
/** Only traffic counts: a longer silence counts as this much, in ms, because a machine that slept is no attacker. */
const MAXIMUM_GAP = 1000;

/** @throws ConfigurationError for nonsensical numbers. */
export function checkKeepalive(options: KeepaliveOptions | undefined): KeepaliveOptions | undefined {
  if (options === undefined) return undefined;
  const { interval, countMax = DEFAULT_COUNT } = options;
  return {
    interval: wholeNumber('keepalive.interval, in ms,', interval, 1, MAXIMUM_INTERVAL),
    countMax: wholeNumber('keepalive.countMax', countMax, 1, MAXIMUM_COUNT),
  };
}

export interface DeadlineOptions {
  /** Time from the start of the connection to authentication, and to the end of the first key exchange, in ms. */
  readonly loginGrace: number;
  readonly keyExchangeGrace: number;
  readonly keepalive: KeepaliveOptions | undefined;
}

/** How far the connection has come. */
export interface Progress {
  readonly hasKeys: boolean;
  readonly isAuthenticated: boolean;
}

export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

export class Deadlines {
  readonly #options: DeadlineOptions;
  readonly #startedAt: number;
  /** Since when nothing has arrived, or when the last probe was sent, in ms. */
  #silentSince: number;
  #asked = 0;
  /** When something last arrived, in ms. */
  #heardAt: number;
  /** The packet that was incomplete at that time, and for how long it has been arriving, in ms. */
  #packet: number | undefined;
  #packetTime = 0;

  constructor(options: DeadlineOptions, now: number) {
    this.#options = options;
    this.#startedAt = now;
    this.#silentSince = now;
    this.#heardAt = now;
  }

  /**
   * Something arrived from the peer. `packet` numbers the packet that was already incomplete before; undefined if none
   * was. Security: a length modified in transit may promise more than ever arrives, and a trickle of bytes would keep
   * the connection open for days.
   * @throws MacError if a packet takes longer than any honest one.
   */
  heard(now: number, packet?: number): void {
    const isSame = packet !== undefined && packet === this.#packet;
    this.#packetTime = isSame ? this.#packetTime + Math.min(now - this.#heardAt, MAXIMUM_GAP) : 0;
    if (this.#packetTime >= PACKET_TIMEOUT) throw new MacError();
    this.#packet = packet;
    this.#heardAt = now;
    this.#silentSince = now;
    this.#asked = 0;
  }

  /** @returns true if the peer should be probed. @throws TimeoutError if something took too long. */
  check(now: number, { hasKeys, isAuthenticated }: Progress): boolean {
    const { loginGrace, keyExchangeGrace, keepalive } = this.#options;
    const elapsed = now - this.#startedAt;
    if (!isAuthenticated && elapsed >= loginGrace) throw new TimeoutError('authentication took too long');
    if (!hasKeys && elapsed >= keyExchangeGrace) throw new TimeoutError('key exchange took too long');
    if (keepalive === undefined || !isAuthenticated || now - this.#silentSince < keepalive.interval) return false;
    if (this.#asked >= (keepalive.countMax ?? DEFAULT_COUNT)) throw new TimeoutError('the peer does not answer');
    this.#asked += 1;
    this.#silentSince = now;
    return true;
  }

  /** When to call `check` at the latest, in ms; undefined if nothing is due. */
  next({ hasKeys, isAuthenticated }: Progress): number | undefined {
    const { loginGrace, keyExchangeGrace, keepalive } = this.#options;
    if (isAuthenticated) return keepalive && this.#silentSince + keepalive.interval;
    return this.#startedAt + (hasKeys ? loginGrace : Math.min(loginGrace, keyExchangeGrace));
  }
}

/** When an engine has to look at the clock for itself: the login's grace, packets that never end, and whether a silent peer is still there. */
import { ConfigurationError, MacError, TimeoutError } from '../errors.js';

/**
 * After `interval` ms of silence the peer is asked whether it is there (`keepalive@openssh.com`), at most `countMax` times in
 * a row: a connection whose peer has gone ends after `interval * (countMax + 1)` ms.
 */
export interface KeepaliveOptions {
  readonly interval: number;
  /** 3 if not given. */
  readonly countMax?: number;
}

const DEFAULT_COUNT = 3;
const MAXIMUM_COUNT = 100;
/** A day, in ms: no address translation remembers as long. */
const MAXIMUM_INTERVAL = 86_400_000;
/** How long a packet may be coming, in ms: 256 KiB at 70 kbit/s. */
const PACKET_TIMEOUT = 30_000;
/** Only traffic counts: silence of more than this is taken for this much, in ms, as a machine that slept is no attacker. */
const MAXIMUM_GAP = 1000;

/** @throws ConfigurationError for numbers that make no sense. */
export function checkKeepalive(options: KeepaliveOptions | undefined): KeepaliveOptions | undefined {
  if (options === undefined) return undefined;
  const { interval, countMax = DEFAULT_COUNT } = options;
  if (!isWholeNumber(interval, MAXIMUM_INTERVAL)) {
    throw new ConfigurationError(
      `keepalive.interval is a whole number of ms up to ${MAXIMUM_INTERVAL}, not ${interval}`,
    );
  }
  if (!isWholeNumber(countMax, MAXIMUM_COUNT)) {
    throw new ConfigurationError(`keepalive.countMax is a whole number up to ${MAXIMUM_COUNT}, not ${countMax}`);
  }
  return { interval, countMax };
}

function isWholeNumber(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

export interface DeadlineOptions {
  /** From the start to authentication, and to the end of the first key exchange, in ms. */
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
  /** Since when nothing has come, or since the last question, in ms. */
  #silentSince: number;
  #asked = 0;
  /** When something came last, in ms. */
  #heardAt: number;
  /** The packet that was under way then, and for how long it has been coming, in ms. */
  #packet: number | undefined;
  #packetTime = 0;

  constructor(options: DeadlineOptions, now: number) {
    this.#options = options;
    this.#startedAt = now;
    this.#silentSince = now;
    this.#heardAt = now;
  }

  /**
   * Something came from the peer; `packet` counts the packet that has begun to come before, undefined where none has. Security:
   * a length that was changed on its way may promise more than ever comes, and crumbs would keep the connection open for days.
   * @throws MacError where a packet takes longer than any that is honest.
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

  /** @returns true where the peer is to be asked whether it is there. @throws TimeoutError where something took too long. */
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

  /** When to call `check` at the latest, in ms; undefined while nothing is due. */
  next({ hasKeys, isAuthenticated }: Progress): number | undefined {
    const { loginGrace, keyExchangeGrace, keepalive } = this.#options;
    if (isAuthenticated) return keepalive && this.#silentSince + keepalive.interval;
    return this.#startedAt + (hasKeys ? loginGrace : Math.min(loginGrace, keyExchangeGrace));
  }
}

/** One-time tickets: unguessable names for a value that is fetched once and soon (docs/relay-protocol.md, Secrets). */
import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 random bits, base64url. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

export interface Tickets<T> {
  /** How many are valid. */
  readonly size: number;
  issue(value: T): string;
  /** Whether `take` would succeed now and return a value that `accepts` approves. */
  isValid(ticket: string, accepts?: (value: T) => boolean): boolean;
  /** Returns the value; the ticket is void from then on. */
  take(ticket: string): T | undefined;
  /** Voids a ticket early. */
  revoke(ticket: string): void;
}

/** @param lifetime in ms @param now a clock in ms; only differences count */
export function createTickets<T>(lifetime: number, now: () => number = () => performance.now()): Tickets<T> {
  // Security: the lookup does not take constant time, but 256 random bits that are used once leave nothing to learn.
  const issued = new Map<string, { readonly value: T; readonly expires: number }>();
  const find = (ticket: string): T | undefined => {
    const entry = issued.get(ticket);
    return entry !== undefined && now() < entry.expires ? entry.value : undefined;
  };
  const forgetExpired = (): void => {
    for (const [ticket, { expires }] of issued) {
      // All tickets have the same lifetime, so everything after the first valid one is valid too.
      if (now() < expires) break;
      issued.delete(ticket);
    }
  };
  return {
    get size() {
      forgetExpired();
      return issued.size;
    },
    issue(value) {
      forgetExpired();
      const ticket = createSecret();
      issued.set(ticket, { value, expires: now() + lifetime });
      return ticket;
    },
    isValid(ticket, accepts = () => true) {
      const value = find(ticket);
      return value !== undefined && accepts(value);
    },
    take(ticket) {
      const value = find(ticket);
      issued.delete(ticket);
      return value;
    },
    revoke: (ticket) => void issued.delete(ticket),
  };
}

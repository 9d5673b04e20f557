/** One-time tickets: unguessable names for something that is fetched once and soon (docs/relay-protocol.md, Secrets). */
import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 random bits, base64url. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

export interface Tickets<T> {
  issue(value: T): string;
  /** Whether `take` would succeed now. */
  isValid(ticket: string): boolean;
  /** Gives the value away; the ticket is void from then on. */
  take(ticket: string): T | undefined;
  /** Voids a ticket before its time. */
  revoke(ticket: string): void;
}

/** @param lifetime in ms @param now a clock in ms; only differences count */
export function createTickets<T>(lifetime: number, now: () => number = () => performance.now()): Tickets<T> {
  // Security: a lookup by name is not constant in time; with 256 random bits and one use there is nothing to learn.
  const issued = new Map<string, { readonly value: T; readonly expires: number }>();
  const find = (ticket: string): T | undefined => {
    const entry = issued.get(ticket);
    return entry !== undefined && now() < entry.expires ? entry.value : undefined;
  };
  return {
    issue(value) {
      const ticket = createSecret();
      issued.set(ticket, { value, expires: now() + lifetime });
      return ticket;
    },
    isValid: (ticket) => find(ticket) !== undefined,
    take(ticket) {
      const value = find(ticket);
      issued.delete(ticket);
      return value;
    },
    revoke: (ticket) => void issued.delete(ticket),
  };
}

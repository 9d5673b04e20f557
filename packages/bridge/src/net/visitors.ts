/** Visitors: connections to an HTTP port that are not let in yet, counted by source so that none can take all places. */
import type { IncomingMessage, Server } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { plainAddress } from '../address.js';
import type { Denial } from '../http/access.js';
import { sourceOf } from '../relay-v4/source.js';
import { parseNetworks, type Networks } from './networks.js';

export interface VisitorLimits {
  /** Connections that are not let in yet: in all, and from one source. */
  readonly maxPending: number;
  readonly maxPendingPerSource: number;
  /** Wrong secrets from one source within `failureWindow` ms; after so many, only a right one helps until the window ends. */
  readonly maxFailures: number;
  readonly failureWindow: number;
}

export const VISITOR_LIMITS: VisitorLimits = {
  maxPending: 256,
  maxPendingPerSource: 64,
  maxFailures: 20,
  failureWindow: 60_000,
};

const NOBODY: Networks = parseNetworks([]);

/** How many sources' failures are remembered; the oldest is forgotten first. */
const MAX_SOURCES = 10_000;

/** The other end of a connection, according to the socket or to a trusted load balancer (PROXY protocol). */
export interface Visitor {
  readonly address: string;
  readonly port: number;
}

export interface Visitors {
  /** Records the visitor that a load balancer names, before the connection is counted. */
  introduce(socket: Socket, visitor: Visitor): void;
  /** Counts a connection; false if there is no place for it. */
  arrive(socket: Socket): boolean;
  /** The visitor behind a request: that of its connection, or the one a trusted proxy names in X-Forwarded-For. */
  behind(request: IncomingMessage): Visitor;
  /** The connection was let in and no longer takes a place. */
  letIn(socket: Socket): void;
  /** Counts a wrong secret. */
  fail(address: string): void;
  hasFailedTooOften(address: string): boolean;
  /** The answer to a denied request: a wrong secret is counted, and answered with 429 after too many of them. */
  answerTo(address: string, denial: Denial): Denial;
}

export const TOO_MANY_FAILURES: Denial = { status: 429, message: 'too many failures; wait a minute' };

interface Entry {
  readonly visitor: Visitor;
  readonly source: string;
  pending: boolean;
}

/** @param trusted proxies, which only `maxPending` bounds */
export function createVisitors(
  limits: VisitorLimits,
  trusted: () => Networks = () => NOBODY,
  now: () => number = () => performance.now(),
): Visitors {
  const introduced = new WeakMap<Socket, Visitor>();
  const entries = new Map<string, Entry>();
  const pendingBySource = new Map<string, number>();
  const failures = createFailures(limits, now);
  let pending = 0;
  const count = (entry: Entry, by: 1 | -1): void => {
    const left = (pendingBySource.get(entry.source) ?? 0) + by;
    pending += by;
    entry.pending = by === 1;
    if (left === 0) pendingBySource.delete(entry.source);
    else pendingBySource.set(entry.source, left);
  };
  const of = (socket: Socket): Visitor => entries.get(endpointOf(socket))?.visitor ?? visitorOf(socket);
  return {
    introduce: (socket, visitor) => void introduced.set(socket, visitor),
    arrive(socket) {
      // A Unix socket has permissions of its own, and its visitors have no addresses to tell them apart.
      if (socket.remoteAddress === undefined) return !socket.destroyed;
      const visitor = introduced.get(socket) ?? visitorOf(socket);
      const source = sourceOf(visitor.address);
      const mine = pendingBySource.get(source) ?? 0;
      const isFull = mine >= limits.maxPendingPerSource && !trusted().has(visitor.address);
      if (isFull || pending >= limits.maxPending) return false;
      const key = endpointOf(socket);
      const entry: Entry = { visitor, source, pending: false };
      count(entry, 1);
      entries.set(key, entry);
      socket.once('close', () => {
        if (entries.get(key) === entry) entries.delete(key);
        if (entry.pending) count(entry, -1);
      });
      return true;
    },
    behind: (request) => forwardedVisitor(request, of(request.socket), trusted()),
    letIn(socket) {
      const entry = entries.get(endpointOf(socket));
      if (entry?.pending === true) count(entry, -1);
    },
    ...failures,
  };
}

function createFailures(
  { maxFailures, failureWindow }: VisitorLimits,
  now: () => number,
): Pick<Visitors, 'fail' | 'hasFailedTooOften' | 'answerTo'> {
  const bySource = new Map<string, { count: number; readonly until: number }>();
  const live = (source: string): { count: number } | undefined => {
    const entry = bySource.get(source);
    if (entry === undefined || now() < entry.until) return entry;
    bySource.delete(source);
    return undefined;
  };
  const fail = (address: string): void => {
    const source = sourceOf(address);
    const entry = live(source);
    if (entry) {
      entry.count++;
      return;
    }
    const oldest = bySource.size >= MAX_SOURCES ? bySource.keys().next().value : undefined;
    if (oldest !== undefined) bySource.delete(oldest);
    bySource.set(source, { count: 1, until: now() + failureWindow });
  };
  const hasFailedTooOften = (address: string): boolean => (live(sourceOf(address))?.count ?? 0) >= maxFailures;
  return {
    fail,
    hasFailedTooOften,
    answerTo(address, denial) {
      if (denial.status !== 401) return denial;
      if (hasFailedTooOften(address)) return TOO_MANY_FAILURES;
      fail(address);
      return denial;
    },
  };
}

/** Counts the connections of a server as they are accepted, and closes those without a place. */
export function countVisitors(server: Server, visitors: Visitors): void {
  // First, so that nothing is read from a connection without a place.
  server.prependListener('connection', (socket: Socket) => {
    if (!visitors.arrive(socket)) socket.destroy();
  });
}

/**
 * Security: read from the right, where the nearest proxy writes, and only as far as the proxies are trusted; anything
 * further left may be forged by the visitor.
 */
function forwardedVisitor(request: IncomingMessage, visitor: Visitor, trusted: Networks): Visitor {
  const named = (request.headersDistinct['x-forwarded-for'] ?? []).join(',').split(',');
  let current = visitor;
  while (trusted.has(current.address)) {
    const address = plainAddress(named.pop()?.trim());
    if (isIP(address) === 0) break;
    current = { address, port: 0 };
  }
  return current;
}

function visitorOf(socket: Socket): Visitor {
  return { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
}

/** The same for a connection and the TLS socket around it; no two open connections of a port share one. */
function endpointOf({ remoteAddress = 'unix', remotePort = 0, localAddress = '' }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

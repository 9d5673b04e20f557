/** Who is connected to an HTTP port and not let in yet: counted by source, so that one cannot take all places. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { plainAddress } from '../address.js';
import { sourceOf } from './networks.js';

export interface VisitorLimits {
  /** Connections that are not let in yet: in all, and of one source. */
  readonly maxPending: number;
  readonly maxPendingPerSource: number;
  /** Refusals of one source within `failureWindow` ms, after which it is not listened to until they are over. */
  readonly maxFailures: number;
  readonly failureWindow: number;
}

export const VISITOR_LIMITS: VisitorLimits = {
  maxPending: 256,
  maxPendingPerSource: 64,
  maxFailures: 20,
  failureWindow: 60_000,
};

/** How many sources' failures are remembered; the oldest is forgotten first. */
const MAX_SOURCES = 10_000;

/** The other end of a connection, as the socket says or as a trusted balancer does (PROXY protocol). */
export interface Visitor {
  readonly address: string;
  readonly port: number;
}

export interface Visitors {
  /** Counts a connection; false when there is no place for it. */
  arrive(socket: Socket, visitor?: Visitor): boolean;
  /** The visitor behind a request's socket. */
  of(socket: Socket): Visitor;
  /** It was let in: it takes no place any more. */
  letIn(socket: Socket): void;
  /** It was refused. */
  fail(address: string): void;
  hasFailedTooOften(address: string): boolean;
}

interface Entry {
  readonly visitor: Visitor;
  readonly source: string;
  pending: boolean;
}

export function createVisitors(limits: VisitorLimits, now: () => number = () => performance.now()): Visitors {
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
  return {
    arrive(socket, visitor = visitorOf(socket)) {
      // A Unix socket has permissions of its own, and its visitors no addresses to tell them apart by.
      if (socket.remoteAddress === undefined) return !socket.destroyed;
      const source = sourceOf(visitor.address);
      const mine = pendingBySource.get(source) ?? 0;
      if (pending >= limits.maxPending || mine >= limits.maxPendingPerSource) return false;
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
    of: (socket) => entries.get(endpointOf(socket))?.visitor ?? visitorOf(socket),
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
): Pick<Visitors, 'fail' | 'hasFailedTooOften'> {
  const bySource = new Map<string, { count: number; readonly until: number }>();
  const live = (source: string): { count: number } | undefined => {
    const entry = bySource.get(source);
    if (entry === undefined || now() < entry.until) return entry;
    bySource.delete(source);
    return undefined;
  };
  return {
    fail(address) {
      const source = sourceOf(address);
      const entry = live(source);
      if (entry) {
        entry.count++;
        return;
      }
      const oldest = bySource.size >= MAX_SOURCES ? bySource.keys().next().value : undefined;
      if (oldest !== undefined) bySource.delete(oldest);
      bySource.set(source, { count: 1, until: now() + failureWindow });
    },
    hasFailedTooOften: (address) => (live(sourceOf(address))?.count ?? 0) >= maxFailures,
  };
}

/** Counts the connections of a server from when they are accepted; those without a place are closed. */
export function countVisitors(server: Server, visitors: Visitors): void {
  // First, so that nothing of a connection without a place is read.
  server.prependListener('connection', (socket: Socket) => {
    if (!visitors.arrive(socket)) socket.destroy();
  });
}

function visitorOf(socket: Socket): Visitor {
  return { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
}

/** A connection and the TLS socket around it have the same; each lives under one name at a time. */
function endpointOf(socket: Socket): string {
  return `${socket.remoteAddress ?? 'unix'} ${socket.remotePort ?? 0}`;
}

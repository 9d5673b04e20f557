/** The server's side of SSH Relay v4: sessions by id, kept for a while after their link is lost. */
import { createHash, randomBytes } from 'node:crypto';
import type { LinkEnd } from '../link-end.js';
import type { ByteStream } from '../pump.js';
import { systemSchedule, type Schedule } from '../relay-v4/clock.js';
import { encodeConnectSuccess, encodeReconnectSuccess, ResumeFault } from '../relay-v4/commands.js';
import { ResumableSession } from '../relay-v4/session.js';
import { SHUTTING_DOWN } from '../websocket/close-codes.js';
import type { Link } from '../websocket/link.js';
import { messageLink, sessionStream } from './node-ends.js';

export interface SessionsOptions {
  /** How long a session waits for its client to reconnect, in ms. */
  readonly grace?: number | undefined;
  /** How many sessions without a link are kept; the oldest makes room. */
  readonly maxWaiting?: number | undefined;
  /** How many bytes they hold together for their clients; the oldest makes room. */
  readonly maxHeld?: number | undefined;
  readonly schedule?: Schedule | undefined;
  readonly replayLimit?: number | undefined;
}

export interface Sessions {
  /** Carries `stream` over `link`, given paused, and over the links that follow it. Never rejects. */
  carry(link: Link, stream: ByteStream, signal?: AbortSignal): Promise<LinkEnd>;
  /** Whether `attach` would find a session with this id. */
  has(sid: string): boolean;
  /**
   * Gives a session its next link, given paused; `received` is how much its client has.
   *
   * Returns false and leaves the link alone if there is no such session, or if it cannot go on from there and has ended.
   */
  attach(link: Link, sid: string, received: number): boolean;
  /** How many sessions wait for their client now. */
  readonly waiting: number;
}

/** Five minutes: enough for a tunnel on a train, or a laptop's lid closed and opened. After that, users log in again. */
export const GRACE = 300_000;
/** In ms, for clients that have sent and acknowledged nothing: if their first link broke early, they may not know the id. */
const UNANSWERED_GRACE = 10_000;
/** As many as a gateway has links: when a load balancer in front of it restarts, all of them break at the same moment. */
const MAX_WAITING = 4_096;
/** How much they may hold together for their clients then, in bytes. */
const MAX_HELD = 256 * 1024 * 1024;
/** Security: an id is a secret; whoever has it can read the session's ciphertext, and end it. */
const SID_BYTES = 32;

interface Entry {
  readonly session: ResumableSession;
  cancelGrace: (() => void) | undefined;
}

export function createSessions(options: SessionsOptions = {}): Sessions {
  const { schedule = systemSchedule, replayLimit } = options;
  const entries = new Map<string, Entry>();
  const waiting = createWaiting(options);
  return {
    async carry(link, stream, signal) {
      const sid = randomBytes(SID_BYTES).toString('base64url');
      const session = new ResumableSession(sessionStream(stream), {
        onLost() {
          // So that what is held, which is counted once, does not grow; the next link resumes the stream.
          stream.input.pause();
          waiting.begin(entry);
        },
        schedule,
        replayLimit,
      });
      const entry: Entry = { session, cancelGrace: undefined };
      const onAbort = (): void => session.fail(new Error(SHUTTING_DOWN));
      entries.set(nameOf(sid), entry);
      signal?.addEventListener('abort', onAbort, { once: true });
      session.attach(messageLink(link), { greeting: encodeConnectSuccess(sid) });
      const end = await session.ended;
      signal?.removeEventListener('abort', onAbort);
      waiting.end(entry);
      entries.delete(nameOf(sid));
      return end;
    },
    has: (sid) => entries.get(nameOf(sid))?.session.isEnded === false,
    attach(link, sid, received) {
      const entry = entries.get(nameOf(sid));
      if (entry === undefined || entry.session.isEnded) return false;
      const { session } = entry;
      try {
        session.acknowledge(received);
      } catch (error) {
        if (!(error instanceof ResumeFault)) throw error;
        session.fail(error);
        return false;
      }
      waiting.end(entry);
      session.attach(messageLink(link), { greeting: encodeReconnectSuccess(session.received) });
      return true;
    },
    get waiting() {
      return waiting.size();
    },
  };
}

interface Waiting {
  begin(entry: Entry): void;
  end(entry: Entry): void;
  size(): number;
}

/** Sessions without a link, oldest first: each kept for a while, within bounds. */
function createWaiting({
  grace = GRACE,
  maxWaiting = MAX_WAITING,
  maxHeld = MAX_HELD,
  schedule = systemSchedule,
}: SessionsOptions): Waiting {
  const waiting = new Set<Entry>();
  const end = (entry: Entry): void => {
    waiting.delete(entry);
    entry.cancelGrace?.();
    entry.cancelGrace = undefined;
  };
  return {
    begin(entry) {
      waiting.add(entry);
      const patience = entry.session.progress > 0 ? grace : Math.min(grace, UNANSWERED_GRACE);
      entry.cancelGrace = schedule(patience, () => entry.session.fail(new Error('the client did not come back')));
      for (const oldest of waiting) {
        if (waiting.size <= maxWaiting && heldBy(waiting) <= maxHeld) break;
        end(oldest);
        oldest.session.fail(new Error('too many sessions wait for their clients'));
      }
    },
    end,
    size: () => waiting.size,
  };
}

function heldBy(entries: Iterable<Entry>): number {
  let held = 0;
  for (const { session } of entries) held += session.held;
  return held;
}

/** Security: sessions are looked up by the hash of their id, so that timing reveals nothing about similar ids. */
function nameOf(sid: string): string {
  return createHash('sha256').update(sid).digest('base64');
}

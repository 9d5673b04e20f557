/** Limits how often sessions start: a token bucket per user, per source, or per key of the application's choice. */
import type { Middleware } from '../../server/compose.js';
import { systemClock, type Clock } from '../../driver.js';
import { ConfigurationError } from '../../errors.js';
import type { Session } from '../../server/session/session.js';
import { sourcePrefix } from '../../server/door/source-prefix.js';

export interface RateLimitOptions {
  /** Sessions per `per` ms, in the long run. */
  readonly sessions: number;
  readonly per: number;
  /** Sessions that may start at once; `sessions` by default. */
  readonly burst?: number;
  /** Which sessions are counted together; by default those of one source. */
  readonly by?: 'user' | 'source' | ((session: Session) => string);
  /** Buckets that are remembered; 10,000 by default. */
  readonly buckets?: number;
  readonly clock?: Clock;
}

interface Bucket {
  tokens: number;
  at: number;
}

const WARNING = 4;
const DEFAULT_BUCKETS = 10_000;

/** Over the limit, stderr says when to try again, and the exit status is 1. @throws ConfigurationError if nothing is allowed. */
export function rateLimit(options: RateLimitOptions): Middleware {
  const { sessions, per, burst = sessions, by = 'source', buckets = DEFAULT_BUCKETS, clock = systemClock } = options;
  for (const [name, value] of Object.entries({ sessions, per, burst, buckets })) {
    if (!(value > 0)) throw new ConfigurationError(`rateLimit: ${name} must be more than 0, not ${value}`);
  }
  const interval = per / sessions;
  const kept = new Map<string, Bucket>();
  const take = (key: string, now: number): number => {
    const bucket = kept.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / interval);
    bucket.at = now;
    // Evicts the bucket that has gone longest without a session: most likely it is full again.
    kept.delete(key);
    kept.set(key, bucket);
    if (kept.size > buckets) kept.delete(kept.keys().next().value!);
    if (bucket.tokens < 1) return (1 - bucket.tokens) * interval;
    bucket.tokens -= 1;
    return 0;
  };
  return async (session, next) => {
    const wait = take(keyOf(session, by), clock.now());
    if (wait === 0) return next();
    session.connection.log(WARNING, 'session', 'refused: too many sessions', { user: session.user });
    await session.printError(`too many sessions: try again in ${Math.ceil(wait / 1000)} s\n`);
    return 1;
  };
}

function keyOf(session: Session, by: NonNullable<RateLimitOptions['by']>): string {
  if (typeof by === 'function') return by(session);
  return by === 'user' ? session.user : sourcePrefix(session.connection.peer.remoteAddress ?? '');
}

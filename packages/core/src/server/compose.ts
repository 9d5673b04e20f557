/** Middleware: functions around a handler, run in the order in which they are listed. */
import { ConfigurationError } from '../errors.js';
import type { Session, SessionHandler } from './session/session.js';

/** Does something before, after or instead of `next`, and returns the exit status. */
export type Middleware = (session: Session, next: () => Promise<number>) => Promise<number | void | undefined>;

/**
 * `compose(a, b, handler)` runs `a` around `b` around `handler`. The last argument is the handler. @throws
 * ConfigurationError for what is not a function.
 */
export function compose(...parts: readonly [...Middleware[], SessionHandler]): SessionHandler {
  if (parts.length === 0 || parts.some((part) => typeof part !== 'function'))
    throw new ConfigurationError('compose takes functions alone: middleware, and the handler last');
  const handler = parts.at(-1) as SessionHandler;
  const middleware = parts.slice(0, -1) as Middleware[];
  return (session) => {
    const run = async (index: number): Promise<number> => {
      const layer = middleware[index];
      const status = layer === undefined ? await handler(session) : await layer(session, () => run(index + 1));
      return status ?? 0;
    };
    return run(0);
  };
}

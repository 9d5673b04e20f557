/** A message of the day, shown before an interactive shell. */
import type { Middleware } from '../../server/compose.js';
import type { Awaitable } from '../../crypto/provider.js';
import type { Session } from '../../server/session/session.js';

/** Commands, subsystems and shells without a terminal get nothing: a program would take it for output. */
export function motd(text: string | ((session: Session) => Awaitable<string>)): Middleware {
  return async (session, next) => {
    if (session.request.type === 'shell' && session.pty !== undefined)
      await session.print(typeof text === 'string' ? text : await text(session));
    return next();
  };
}

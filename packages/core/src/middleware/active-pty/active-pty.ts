/** Serves only sessions with a terminal: for programs that draw on one. */
import type { Middleware } from '../../server/compose.js';

const WITHOUT_TERMINAL = 'this needs a terminal: ask for one, with ssh -t for instance\n';

/** A session without a terminal gets a message on stderr and exit status 1. */
export function activePty(): Middleware {
  return async (session, next) => {
    if (session.pty !== undefined) return next();
    await session.printError(WITHOUT_TERMINAL);
    return 1;
  };
}

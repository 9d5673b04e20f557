/** Logs the start of each session, and how it ended. */
import type { Middleware } from '../../server/compose.js';
import { systemClock, type Clock } from '../../driver.js';
import { printable } from '../../wire/printable.js';

export interface LoggingOptions {
  /** Logs commands too. Security: off by default, because people type passwords into commands. */
  readonly commands?: boolean;
  readonly clock?: Clock;
}

/** How much of a command is logged, in characters. */
const MAXIMUM_COMMAND = 256;
const INFORMATIONAL = 6;

export function logging({ commands = false, clock = systemClock }: LoggingOptions = {}): Middleware {
  return async (session, next) => {
    const { connection, request, user, pty } = session;
    const command = commands && request.type === 'exec' ? printable(request.command, MAXIMUM_COMMAND) : undefined;
    const subsystem = request.type === 'subsystem' ? printable(request.name, MAXIMUM_COMMAND) : undefined;
    const what = { user, request: request.type, command, subsystem, pty: pty !== undefined };
    connection.log(INFORMATIONAL, 'session', 'began', what);
    const start = clock.now();
    const ended = (fields: { readonly exit?: number }): void =>
      connection.log(INFORMATIONAL, 'session', 'ended', { ...what, ...fields, ms: Math.round(clock.now() - start) });
    try {
      const exit = await next();
      ended({ exit });
      return exit;
    } catch (error) {
      ended({});
      throw error;
    }
  };
}

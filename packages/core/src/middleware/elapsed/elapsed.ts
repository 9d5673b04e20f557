/** Tells users at the end of a session how long it took. */
import type { Middleware } from '../../server/compose.js';
import { systemClock, type Clock } from '../../driver.js';

export interface ElapsedOptions {
  /** The line to print; `elapsed: 1.2 s` by default. */
  readonly format?: (milliseconds: number) => string;
  readonly clock?: Clock;
}

/** Sessions without a terminal get nothing: their output is read by a program. */
export function elapsed({ format = inSeconds, clock = systemClock }: ElapsedOptions = {}): Middleware {
  return async (session, next) => {
    const start = clock.now();
    const exit = await next();
    if (session.pty !== undefined && !session.closed.aborted)
      await session.print(`${format(clock.now() - start)}\n`).catch(() => undefined);
    return exit;
  };
}

function inSeconds(milliseconds: number): string {
  return `elapsed: ${(milliseconds / 1000).toFixed(1)} s`;
}

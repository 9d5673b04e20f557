/** Takes the connections of a Deno listener, one after another, until it is closed. */
import type { Clock } from '@nacre/core';

/** What is used of `Deno.Listener`; it fits. */
export interface DenoAcceptor<Connection> {
  accept(): Promise<Connection>;
}

/** After an error the listener is left alone so long, in ms: what it lacks, a descriptor for instance, is not there at once. */
const PAUSE = 100;

/**
 * Never rejects: what fails, for want of a descriptor for instance, concerns one connection, and the others go on.
 * @param isClosed whether the listener was closed, which ends the loop.
 */
export async function acceptAll<Connection>(
  listener: DenoAcceptor<Connection>,
  serve: (connection: Connection) => void,
  isClosed: () => boolean,
  clock: Clock,
): Promise<void> {
  while (!isClosed()) {
    try {
      serve(await listener.accept());
    } catch {
      if (!isClosed()) await new Promise<void>((resolve) => void clock.schedule(resolve, PAUSE));
    }
  }
}

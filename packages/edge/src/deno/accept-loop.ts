/** Accepts the connections of a Deno listener, one after another, until it is closed. */
import type { Clock } from '@nacre/core';

/** The part of `Deno.Listener` that is used. */
export interface DenoAcceptor<Connection> {
  accept(): Promise<Connection>;
}

/** How long to wait after an error, in ms: whatever is lacking, such as a descriptor, takes a while to be free again. */
const PAUSE = 100;

/**
 * What `accept` rejects with if the peer has reset the connection before it was taken. Security: there is no pause then, or
 * ten such peers in a second would keep all others out.
 */
const GONE: readonly string[] = ['NotConnected', 'ConnectionReset', 'ConnectionAborted'];

/**
 * Never rejects: a failure, for lack of a descriptor for instance, concerns one connection, and the others go on.
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
    } catch (error) {
      if (isClosed() || (error instanceof Error && GONE.includes(error.name))) continue;
      await new Promise<void>((resolve) => void clock.schedule(resolve, PAUSE));
    }
  }
}

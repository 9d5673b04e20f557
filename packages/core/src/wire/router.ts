/** Routes messages to handlers by number; a missing, misspelled or extra handler does not compile. */
import type { Values } from './fields.js';
import type { Message } from './message.js';

/** One handler for each message of the table `M`, for `T`. `R` is what a handler may return: `undefined` if it must be synchronous. */
export type Handlers<M, T, R> = {
  readonly [K in keyof M]: (
    target: T,
    values: M[K] extends Message<infer F> ? Values<F> : never,
    payload: Uint8Array,
  ) => R;
};

/**
 * Returns a function that decodes a payload and calls its handler, or returns `'unknown'` if the table has no such
 * number. It holds no state of a connection, so all connections share one: a table of closures for each would cost
 * kilobytes.
 */
export function router<M extends Readonly<Record<string, Message>>, T, R>(
  messages: M,
  handlers: Handlers<M, T, R>,
): (target: T, payload: Uint8Array) => R | 'unknown' {
  const routes = new Map<number, (target: T, payload: Uint8Array) => R>();
  for (const [name, row] of Object.entries(messages)) {
    const handler = handlers[name as keyof M] as (target: T, values: unknown, payload: Uint8Array) => R;
    routes.set(row.number, (target, payload) => handler(target, row.decode(payload), payload));
  }
  return (target, payload) => {
    const route = routes.get(payload[0] ?? 0);
    return route === undefined ? 'unknown' : route(target, payload);
  };
}

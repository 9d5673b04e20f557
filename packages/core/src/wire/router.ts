/** Messages to handlers, by number; a missing, misspelled or extra handler does not compile. */
import type { Values } from './fields.js';
import type { Message } from './message.js';

/** One handler for each message of the table `M`. `R` is what a handler may return: `undefined` where it must be synchronous. */
export type Handlers<M, R> = {
  readonly [K in keyof M]: (values: M[K] extends Message<infer F> ? Values<F> : never, payload: Uint8Array) => R;
};

/** Returns a function that decodes a payload and calls its handler, or answers `'unknown'` where the table has no such number. */
export function router<M extends Readonly<Record<string, Message>>, R>(
  messages: M,
  handlers: Handlers<M, R>,
): (payload: Uint8Array) => R | 'unknown' {
  const routes = new Map<number, (payload: Uint8Array) => R>();
  for (const [name, row] of Object.entries(messages)) {
    const handler = handlers[name as keyof M] as (values: unknown, payload: Uint8Array) => R;
    routes.set(row.number, (payload) => handler(row.decode(payload), payload));
  }
  return (payload) => {
    const route = routes.get(payload[0] ?? 0);
    return route === undefined ? 'unknown' : route(payload);
  };
}

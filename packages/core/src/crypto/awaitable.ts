/** Values that may be promises, and are used at once where they are none. */
import type { Awaitable } from './provider.js';

/** Goes on with `value`: now where it is there, for a promise costs a turn; else when it settles. */
export function proceed<T, R>(value: Awaitable<T>, use: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** What `compute` gives; where it throws or rejects, throws or rejects with what `failure` makes. */
export function orElse<T>(compute: () => Awaitable<T>, failure: () => Error): Awaitable<T> {
  let value: Awaitable<T>;
  try {
    value = compute();
  } catch {
    throw failure();
  }
  if (!(value instanceof Promise)) return value;
  return value.catch(() => {
    throw failure();
  });
}

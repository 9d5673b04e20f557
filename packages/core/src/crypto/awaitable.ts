/** Values that may be promises, and are used at once if they are not. */
import type { Awaitable } from './provider.js';

/** Continues with `value`: immediately if it is available, since a promise costs a turn; otherwise when it settles. */
export function proceed<T, R>(value: Awaitable<T>, use: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** Returns the result of `compute`; if that throws or rejects, throws or rejects with the error from `failure`. */
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

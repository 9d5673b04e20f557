/** A time limit on waiting. */
import type { Clock } from '../driver.js';
import { TimeoutError } from '../errors.js';

/** Settles as `work` does. @throws TimeoutError if that takes longer; the late result is ignored. */
export async function within<T>(clock: Clock, milliseconds: number, work: T | Promise<T>): Promise<T> {
  let cancel: (() => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(() => reject(new TimeoutError('the application took too long')), milliseconds);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    cancel?.();
  }
}

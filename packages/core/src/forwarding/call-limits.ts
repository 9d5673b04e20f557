/** How long a caller waits: until a signal aborts, or a timeout expires. */
import { ConnectionClosedError, TimeoutError } from '../errors.js';

export interface CallLimits {
  /** Aborting gives up the call; a late result is released. */
  readonly signal?: AbortSignal;
  /** In ms; none by default. */
  readonly timeout?: number;
}

export type Schedule = (callback: () => void, milliseconds: number) => () => void;

/**
 * Settles as `work` does, or rejects earlier. `late` receives a result of `work` that nobody waits for any more.
 * @throws TimeoutError, or the signal's reason.
 */
export function limited<T>(
  work: Promise<T>,
  { signal, timeout }: CallLimits,
  schedule: Schedule,
  late: (value: T) => void,
): Promise<T> {
  if (signal === undefined && timeout === undefined) return work;
  return new Promise((resolve, reject) => {
    let isOver = false;
    let cancel: (() => void) | undefined;
    const finish = (settle: () => void): void => {
      isOver = true;
      cancel?.();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void =>
      finish(() => reject(signal?.reason instanceof Error ? signal.reason : new ConnectionClosedError('aborted')));
    work.then(
      (value) => (isOver ? late(value) : finish(() => resolve(value))),
      (error: unknown) => isOver || finish(() => reject(error)),
    );
    if (timeout !== undefined)
      cancel = schedule(() => finish(() => reject(new TimeoutError('there was no answer in time'))), timeout);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
  });
}

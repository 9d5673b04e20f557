/** Distributes log records: the hook `log` sees each one, and those it does not keep go on to the sinks. */
import type { Hooks } from '../hooks.js';
import type { Accept } from '../verdict.js';
import type { LogSink } from './log.js';

/** Undefined if nobody listens. Security: what a hook or a sink throws has no effect; a record made while another is being written is dropped. */
export function createLogger(hook: Hooks['log'], sinks: readonly LogSink[]): LogSink | undefined {
  if (hook === undefined && sinks.length === 0) return undefined;
  let isWriting = false;
  return (record) => {
    if (isWriting) return;
    isWriting = true;
    try {
      if ((attempt(() => hook?.(record)) as Accept | undefined)?.verdict === 'accept') return;
      for (const sink of sinks) attempt(() => sink(record));
    } finally {
      isWriting = false;
    }
  };
}

function attempt(work: () => unknown): unknown {
  try {
    const result = work();
    // It may fail later, for example when writing to a database.
    if (result instanceof Promise) result.catch(() => undefined);
    return result;
  } catch {
    // There is nowhere left to report it.
    return undefined;
  }
}

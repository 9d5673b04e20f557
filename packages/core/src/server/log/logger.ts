/** Where log records go: the hook `log` sees each, and what it does not keep for itself goes on to the sinks. */
import type { Hooks } from '../hooks.js';
import type { Accept } from '../verdict.js';
import type { LogSink } from './log.js';

/** Undefined where nobody listens. Security: what a hook or a sink throws changes nothing, and a record that is made while one is being written is dropped. */
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
    // Writing to a database, say, may fail later.
    if (result instanceof Promise) result.catch(() => undefined);
    return result;
  } catch {
    // There is nowhere left to report it.
    return undefined;
  }
}

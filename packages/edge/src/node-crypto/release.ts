/** Memory of results that were copied at once: it is given back then, and not when V8 collects next. */
import type { MessagePort } from 'node:worker_threads';

/** What is shorter, in bytes, costs less to collect. */
const LEAST = 4096;

/** Older versions of Node lack `transfer`. */
type Memory = ArrayBuffer & { transfer?(length: number): ArrayBuffer };

/** Interop: what Node 20 transfers to a port that is closed goes nowhere, and its memory is free. */
let nowhere: MessagePort | undefined;

/**
 * The next result comes to lie where the last one was, in memory that a cache holds: V8 would let tens of megabytes gather, and
 * every write of a cipher would miss. Nobody may have a view of it.
 */
export function release({ buffer, length }: Uint8Array<ArrayBuffer>): void {
  // In a pool there are others beside it.
  if (length < LEAST || length !== buffer.byteLength) return;
  const memory: Memory = buffer;
  if (memory.transfer !== undefined) memory.transfer(0);
  else (nowhere ??= closedPort()).postMessage(undefined, [memory]);
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

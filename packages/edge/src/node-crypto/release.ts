/** Frees the memory of results that have been copied, without waiting for V8's next collection. */
import type { MessagePort } from 'node:worker_threads';

/** Shorter results, in bytes, cost less to collect. */
const LEAST = 4096;

/** Older versions of Node lack `transfer`. */
type Memory = ArrayBuffer & { transfer?(length: number): ArrayBuffer };

/** Interop: Node 20 drops what is transferred to a closed port, and frees its memory. */
let nowhere: MessagePort | undefined;

/**
 * Lets the next result reuse the memory of the last one, which is still in the CPU's cache: V8 would let tens of megabytes
 * accumulate, and every write of a cipher would miss the cache. Nobody may hold a view of it.
 */
export function release({ buffer, length }: Uint8Array<ArrayBuffer>): void {
  // In a pool, the memory holds other results too.
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

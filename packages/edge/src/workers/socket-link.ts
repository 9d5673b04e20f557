/** A link over a TCP socket of Workers. */
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';
import { Incoming } from '../incoming.js';

/** What is used of the Workers API; its own type fits. */
export interface WorkersSocket {
  /** A stream of bytes, which reads into the reader's buffer. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<{ readonly remoteAddress?: string }>;
  close(): Promise<unknown>;
}

/**
 * Above this many unwritten bytes the next ones wait. It is counted here: the `desiredSize` of a socket's stream stays 1
 * in workerd, however much waits.
 */
const HIGH_MARK = 256 * 1024;
const ignore = (): void => undefined;

export function fromWorkersSocket(socket: WorkersSocket, peer?: Peer): ByteLink {
  const writer = socket.writable.getWriter();
  let receiver: LinkReceiver | undefined;
  let incoming: Incoming | undefined;
  let waiting = 0;
  let isDestroyed = false;
  const written = (length: number): void => {
    const wasFull = waiting > HIGH_MARK;
    waiting -= length;
    if (wasFull && waiting <= HIGH_MARK) receiver?.drain();
  };
  return {
    ...(peer === undefined ? {} : { peer }),
    open(target) {
      receiver = target;
      const reader = socket.readable.getReader({ mode: 'byob' });
      const read = async (size: number): Promise<Uint8Array | undefined> => {
        const { done, value } = await reader.read(new Uint8Array(size));
        // At the end the buffer comes back, empty.
        return done ? undefined : value;
      };
      incoming = new Incoming(read, target);
      incoming.resume();
    },
    write(bytes) {
      waiting += bytes.length;
      // A write that fails fails the reading side as well, which reports it.
      writer.write(bytes).then(() => written(bytes.length), ignore);
      return waiting <= HIGH_MARK;
    },
    pause: () => incoming?.pause(),
    resume: () => incoming?.resume(),
    end: () => void writer.close().catch(ignore),
    destroy() {
      if (isDestroyed) return;
      isDestroyed = true;
      socket.close().catch(ignore);
    },
  };
}

/** A link over a TCP socket of Workers. */
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';
import { ReadSize } from '../read-size.js';

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

/** `pause` takes effect behind the read that is under way. */
class Incoming {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #receiver: LinkReceiver;
  readonly #size = new ReadSize();
  #isPaused = false;
  #isReading = false;

  constructor(readable: ReadableStream<Uint8Array>, receiver: LinkReceiver) {
    this.#reader = readable.getReader({ mode: 'byob' });
    this.#receiver = receiver;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isReading) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    try {
      while (!this.#isPaused) {
        const { done, value } = await this.#reader.read(new Uint8Array(this.#size.bytes));
        if (done) {
          this.#receiver.end();
          return;
        }
        this.#size.adapt(value.length);
        this.#receiver.chunk(value);
      }
      this.#isReading = false;
    } catch (error) {
      this.#receiver.end(error);
    }
  }
}

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
      incoming = new Incoming(socket.readable, target);
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

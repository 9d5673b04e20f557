/** Bounded queues between the synchronous engine and the asynchronous application. */
import { ConnectionClosedError } from './errors.js';

/** Values for one consumer, or for several in turn. Beyond `limit` waiting values, a new one displaces the oldest. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #values: T[] = [];
  /** Consumers that wait for a value, in order. */
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #isEnded = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(value: T): undefined {
    if (this.#isEnded) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ done: false, value });
      return;
    }
    this.#values.push(value);
    if (this.#values.length > this.#limit) this.#values.shift();
  }

  end(): void {
    this.#isEnded = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#values.shift()! });
        if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          this.#waiting.push(resolve);
        });
      },
    };
  }
}

/** How much else the memory of bytes kept in place may contain, in bytes: more than the framing of a packet. */
const FRAMING = 512;

/**
 * `view` in memory of its own: as it is if it fills nearly all of its buffer, else a copy.
 * Security: the application may transfer the buffer, or look at all of it, so no two views may share one.
 */
export function inOwnMemory(view: Uint8Array): Uint8Array {
  const others = view.buffer.byteLength - view.length;
  return others <= FRAMING && others < view.length ? view : view.slice();
}

/** Chunks smaller than this many bytes are combined: a peer may send its window in single bytes. */
const SMALL_CHUNK = 1024;
const TAIL_LENGTH = 8 * SMALL_CHUNK;

/** Chunks in order. The memory they take stays close to the bytes they hold, however small the chunks are. */
export class ChunkList {
  #chunks: Uint8Array[] = [];
  /** The memory behind the last chunk, if chunks are being combined in it. */
  #tail: Uint8Array | undefined;

  get length(): number {
    return this.#chunks.length;
  }

  /** `chunk` must be in memory of its own. */
  push(chunk: Uint8Array): void {
    const last = this.#chunks.at(-1);
    if (this.#tail !== undefined && last !== undefined && last.length + chunk.length <= this.#tail.length) {
      this.#tail.set(chunk, last.length);
      this.#chunks[this.#chunks.length - 1] = this.#tail.subarray(0, last.length + chunk.length);
    } else if (last !== undefined && chunk.length < SMALL_CHUNK) {
      this.#tail = new Uint8Array(TAIL_LENGTH);
      this.#tail.set(chunk);
      this.#chunks.push(this.#tail.subarray(0, chunk.length));
    } else {
      this.#tail = undefined;
      this.#chunks.push(chunk);
    }
  }

  shift(): Uint8Array | undefined {
    const first = this.#chunks.shift();
    if (this.#chunks.length === 0) this.#tail = undefined;
    return first;
  }
}

interface Reader {
  readonly resolve: (chunk: Uint8Array | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Bytes for one reader; of several, each gets the next chunk in turn. The channel's window bounds what waits here:
 * credit is returned as chunks are read.
 */
export class ByteQueue {
  readonly #consumed: (bytes: number) => void;
  readonly #chunks = new ChunkList();
  /** Reads that wait for a chunk, in order. */
  readonly #waiting: Reader[] = [];
  #isEnded = false;
  #error: Error | undefined;

  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed;
  }

  /** `chunk` must be in memory of its own. */
  push(chunk: Uint8Array): void {
    if (this.#isEnded) {
      this.#consumed(chunk.length);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    this.#consumed(chunk.length);
    waiting.resolve(chunk);
  }

  /** Nothing more will come. With `error` there was more to come: whoever reads is told, after what has arrived. */
  end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve(undefined);
      else reject(error);
    }
  }

  /** Drops everything that waits and everything that comes later; the credit goes back to the peer. */
  discard(): void {
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      this.#consumed(chunk.length);
    }
    this.#error = undefined;
    this.end();
  }

  /** The next chunk; undefined at the end. @throws the error of `end`, if it has one. */
  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#consumed(chunk.length);
      return Promise.resolve(chunk);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#isEnded) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}

/** The part of a channel that takes bytes. */
interface ByteSink {
  readonly isWritable: boolean;
  /** Bytes that wait. */
  readonly queued: number;
  write(bytes: Uint8Array, code: number): void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Writes to a channel, and keeps those waiting whose bytes are not on their way yet. */
export class ChannelWriter {
  readonly #channel: ByteSink;
  readonly #refusal: string;
  #waiting: Waiting[] = [];

  /** `refusal` is the text of the error for bytes that the channel does not take any more. */
  constructor(channel: ByteSink, refusal: string) {
    this.#channel = channel;
    this.#refusal = refusal;
  }

  /** Settles when the bytes are on their way; `code` as in `ChannelOwner.data`. @throws ConnectionClosedError if they never will be. */
  write(bytes: Uint8Array, code = 0): Promise<void> {
    const { isWritable } = this.#channel;
    if (isWritable) this.#channel.write(bytes, code);
    if (isWritable && this.#channel.queued === 0) return Promise.resolve();
    const written = new Promise<void>((resolve, reject) => {
      if (isWritable) this.#waiting.push({ resolve, reject });
      else reject(this.#error());
    });
    // A rejection that nobody awaits must not count as unhandled.
    written.catch(() => undefined);
    return written;
  }

  /** Everything is on its way. */
  drained(): undefined {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** The channel is over. */
  closed(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error());
  }

  #error(): Error {
    return new ConnectionClosedError(this.#refusal);
  }
}

/** A web stream that asks for a chunk only when its reader does. */
export function readableFrom(
  source: { read(): Promise<Uint8Array | undefined> },
  cancel: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await source.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

/** A web stream whose writes settle when `write` does. `abort` is told that there was more to write. */
export function writableTo(
  write: (chunk: Uint8Array) => Promise<void>,
  close: () => void,
  abort: () => void,
): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({ write, close: () => close(), abort: () => abort() });
}

/** Bounded queues between the engine, which is synchronous, and the application, which waits. */

/** Values for one consumer. What comes while `limit` values wait pushes the oldest out. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #values: T[] = [];
  #waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #isEnded = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(value: T): undefined {
    if (this.#isEnded) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      waiting({ done: false, value });
      return;
    }
    this.#values.push(value);
    if (this.#values.length > this.#limit) this.#values.shift();
  }

  end(): void {
    this.#isEnded = true;
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#values.shift()! });
        if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          this.#waiting = resolve;
        });
      },
    };
  }
}

/** Bytes for one reader. The channel's window bounds what waits here: credit is given back as chunks are read. */
export class ByteQueue {
  readonly #consumed: (bytes: number) => void;
  #chunks: Uint8Array[] = [];
  #waiting: ((chunk: Uint8Array | undefined) => void) | undefined;
  #isEnded = false;

  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed;
  }

  /** `chunk` must be in memory of its own. */
  push(chunk: Uint8Array): void {
    if (this.#isEnded) {
      this.#consumed(chunk.length);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    this.#waiting = undefined;
    this.#consumed(chunk.length);
    waiting(chunk);
  }

  end(): void {
    this.#isEnded = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  /** Drops what waits, and all that comes later; its room goes back to the peer. */
  discard(): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) this.#consumed(chunk.length);
    this.end();
  }

  /** The next chunk; undefined at the end. */
  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#consumed(chunk.length);
      return Promise.resolve(chunk);
    }
    if (this.#isEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

/** A web stream that asks for a chunk only when its reader does. */
export function readableFrom(source: { read(): Promise<Uint8Array | undefined> }): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await source.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

/** A web stream whose writes settle when `write` does. */
export function writableTo(write: (chunk: Uint8Array) => Promise<void>, close: () => void): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({ write, close: () => close() });
}

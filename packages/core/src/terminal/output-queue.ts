/** Writes to a terminal in order, and waits while VSTOP holds the output. */

/** The writable part of a stream. */
export interface OutputSink {
  write(chunk: Uint8Array): Promise<void>;
}

export class OutputQueue {
  readonly #sink: OutputSink;
  #last: Promise<void> = Promise.resolve();
  /** Settles when output is no longer stopped. */
  #started: Promise<void> = Promise.resolve();
  #start: (() => void) | undefined;
  #waiting = 0;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  /** Bytes that have not been written yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settles when the sink's write does; a failure is reported to its caller only, and later writes are still tried. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#waiting += bytes.length;
    const written = this.#writeAfter(this.#last, bytes);
    this.#last = written.catch(() => undefined);
    await written;
  }

  async #writeAfter(before: Promise<void>, bytes: Uint8Array): Promise<void> {
    try {
      await before;
      await this.#started;
      await this.#sink.write(bytes);
    } finally {
      this.#waiting -= bytes.length;
    }
  }

  get isStopped(): boolean {
    return this.#start !== undefined;
  }

  /** Settles when everything submitted has been written. */
  async drained(): Promise<void> {
    await this.#last;
  }

  setStopped(stopped: boolean): void {
    if (!stopped) {
      this.#start?.();
      this.#start = undefined;
    } else if (this.#start === undefined) {
      this.#started = new Promise((resolve) => {
        this.#start = resolve;
      });
    }
  }
}

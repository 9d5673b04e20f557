/** The source of bytes: any two-way stream. */

/** The other end, as far as the adapter knows. */
export interface Peer {
  /** The address that the bytes come from. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /**
   * Whether that address is the client's own: over TCP it is; over WebSocket only the operator knows what is in
   * between. Security: if it is not, keys and certificates bound to addresses are refused.
   */
  readonly isDirect?: boolean;
}

/** The shape of Workers' sockets, Deno's connections and `WebSocketStream`: a pair of web streams of `Uint8Array`. */
export interface Duplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly peer?: Peer;
  /** Releases the resources beneath the streams. */
  close?(): void | Promise<unknown>;
}

/** What a link reports to the connection that runs over it. */
export interface LinkReceiver {
  /** Received bytes; they belong to the receiver from now on. */
  chunk(bytes: Uint8Array): void;
  /** Nothing more will come; `error` is set if the stream failed. Called once. */
  end(error?: unknown): void;
  /** There is room again after `write` returned false. */
  drain(): void;
  /** The stream is gone in both directions, for whatever reason: further writes reach nobody. */
  gone?(): void;
}

/**
 * Everything a connection needs from a stream. Adapters whose platform has something cheaper than web streams provide
 * one of these: a pair of web streams costs some 10 KiB.
 */
export interface ByteLink {
  readonly peer?: Peer;
  /** Starts delivery. */
  open(receiver: LinkReceiver): void;
  /** Sends bytes, which belong to the link from now on. @returns false if the next bytes should wait for `drain`. */
  write(bytes: Uint8Array): boolean;
  /** Whether everything written has left for good, so that its memory may be reused. Undefined, or absent, if nobody can tell. */
  isFlushed?(): boolean | undefined;
  /** Asks for no more chunks; those already on their way may still come. */
  pause(): void;
  resume(): void;
  /** Ends the outgoing direction after what was written. */
  end(): void;
  /** Releases everything at once. */
  destroy(): void;
  /** Stops delivery and leaves the stream open for somebody else to use. Links that cannot do this lack it. */
  release?(): void;
}

export function isByteLink(stream: Duplex | ByteLink): stream is ByteLink {
  return 'open' in stream && 'write' in stream;
}

/** Runs a link over a pair of web streams; their backpressure becomes the link's. */
export function linkFromDuplex(duplex: Duplex): ByteLink {
  return new DuplexLink(duplex);
}

const ignore = (): void => undefined;

class DuplexLink implements ByteLink {
  readonly peer?: Peer;
  readonly #duplex: Duplex;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #receiver: LinkReceiver | undefined;
  #isPaused = false;
  #isReading = false;
  /** Destroyed, or released to somebody else: the receiver is told nothing more. */
  #isOver = false;

  constructor(duplex: Duplex) {
    if (duplex.peer !== undefined) this.peer = duplex.peer;
    this.#duplex = duplex;
    this.#reader = duplex.readable.getReader();
    this.#writer = duplex.writable.getWriter();
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (receiver.gone !== undefined) this.#writer.closed.catch(() => receiver.gone?.());
    void this.#read(receiver);
  }

  write(bytes: Uint8Array): boolean {
    this.#writer.write(bytes).catch(ignore);
    if ((this.#writer.desiredSize ?? 0) > 0) return true;
    this.#writer.ready.then(() => this.#receiver?.drain(), ignore);
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#receiver !== undefined) void this.#read(this.#receiver);
  }

  end(): void {
    this.#writer.close().catch(ignore);
  }

  release(): void {
    this.#isOver = true;
    // A pending read is abandoned and takes no bytes with it.
    this.#reader.releaseLock();
    this.#writer.releaseLock();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#writer.abort().catch(ignore);
    this.#reader.cancel().catch(ignore);
    void Promise.resolve(this.#duplex.close?.()).catch(ignore);
  }

  async #read(receiver: LinkReceiver): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#isPaused && !this.#isOver) {
        const { done, value } = await this.#reader.read();
        if (done) {
          receiver.end();
          return;
        }
        receiver.chunk(value);
      }
      this.#isReading = false;
    } catch (error) {
      if (!this.#isOver) receiver.end(error);
    }
  }
}

/** A link over a Deno connection, read and written without web streams. */
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';
import { Incoming } from '../incoming.js';

/** A TCP address has both. */
export interface DenoAddress {
  readonly hostname?: string;
  readonly port?: number;
}

/** The part of `Deno.Conn` that is used. */
export interface DenoConnection {
  readonly remoteAddr: DenoAddress;
  /** Bytes read, or null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Bytes written, which may be fewer than given. */
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** Above this many unwritten bytes, the writer has to wait. */
const HIGH_MARK = 256 * 1024;

/** The direction to the network: chunks wait here, bounded by `HIGH_MARK`. */
class Outgoing {
  readonly #connection: DenoConnection;
  readonly #drain: () => void;
  readonly #ended: (isBroken: boolean) => void;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isWriting = false;
  #isEnding = false;

  constructor(connection: DenoConnection, drain: () => void, ended: (isBroken: boolean) => void) {
    this.#connection = connection;
    this.#drain = drain;
    this.#ended = ended;
  }

  write(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes);
    this.#waiting += bytes.length;
    if (!this.#isWriting) void this.#run();
    return this.#waiting <= HIGH_MARK;
  }

  end(): void {
    this.#isEnding = true;
    if (!this.#isWriting) void this.#run();
  }

  /** A failure here also fails the reading side, which reports it. */
  async #run(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
        await this.#writeAll(chunk);
      }
      this.#isWriting = false;
      if (!this.#isEnding) return;
      await this.#connection.closeWrite();
      this.#ended(false);
    } catch {
      this.#chunks = [];
      this.#ended(true);
    }
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const written = await this.#connection.write(rest);
      rest = rest.subarray(written);
      const wasFull = this.#waiting > HIGH_MARK;
      this.#waiting -= written;
      if (wasFull && this.#waiting <= HIGH_MARK) this.#drain();
    }
  }
}

/** A link over a TCP or Unix connection. */
export function fromDenoConnection(connection: DenoConnection): ByteLink {
  let receiver: LinkReceiver | undefined;
  let incoming: Incoming | undefined;
  let isDestroyed = false;
  let hasInputEnded = false;
  let hasOutputEnded = false;
  const destroy = (): void => {
    if (isDestroyed) return;
    isDestroyed = true;
    connection.close();
  };
  /** Deno's connections exist until they are closed, even after both directions have ended. */
  const closeIfDone = (): void => {
    if (hasInputEnded && hasOutputEnded) destroy();
  };
  const outgoing = new Outgoing(
    connection,
    () => receiver?.drain(),
    (isBroken) => {
      hasOutputEnded = true;
      if (isBroken) receiver?.gone?.();
      closeIfDone();
    },
  );
  return {
    peer: { ...peerOf(connection.remoteAddr), isDirect: true },
    open(target) {
      receiver = target;
      const told = {
        chunk: (bytes: Uint8Array): void => target.chunk(bytes),
        drain: (): void => target.drain(),
        end: (error?: unknown): void => {
          hasInputEnded = true;
          target.end(error);
          closeIfDone();
        },
      };
      incoming = new Incoming((size) => read(connection, size), told);
      incoming.resume();
    },
    write: (bytes) => outgoing.write(bytes),
    pause: () => incoming?.pause(),
    resume: () => incoming?.resume(),
    end: () => outgoing.end(),
    destroy,
  };
}

async function read(connection: DenoConnection, size: number): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(size);
  const length = await connection.read(buffer);
  return length === null ? undefined : buffer.subarray(0, length);
}

export function peerOf({ hostname, port }: DenoAddress): Peer {
  return {
    ...(hostname === undefined ? {} : { remoteAddress: hostname }),
    ...(port === undefined ? {} : { remotePort: port }),
  };
}

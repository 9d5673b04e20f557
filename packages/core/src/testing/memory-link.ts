/** Two ends of a stream in memory. */
import type { ByteLink, LinkReceiver, Peer } from '../link.js';

/** Bytes in transit before `write` asks for a pause. */
const HIGH_WATER = 256 * 1024;

export interface MemoryLinkOptions {
  /** Delivers pieces of at most this many bytes; by default exactly what was written. */
  readonly chunkSize?: number;
  /** The peer that the second end sees. */
  readonly peer?: Peer;
  /** Sees, and may replace, every chunk in transit; `from` is the end that wrote it. */
  readonly tap?: (from: 'first' | 'second', chunk: Uint8Array) => Uint8Array;
}

/** One end; what it writes waits here until the other end takes it. */
class MemoryLink implements ByteLink {
  readonly peer: Peer;
  other: MemoryLink | undefined;
  readonly #chunkSize: number;
  readonly #tap: (chunk: Uint8Array) => Uint8Array;
  #receiver: LinkReceiver | undefined;
  #incoming: Uint8Array[] = [];
  /** Bytes of the first chunk that were delivered. */
  #taken = 0;
  #length = 0;
  #isPaused = false;
  #isScheduled = false;
  #end: 'none' | 'coming' | 'told' = 'none';
  #mustDrain = false;
  #isDestroyed = false;

  constructor(peer: Peer, chunkSize: number, tap: (chunk: Uint8Array) => Uint8Array) {
    this.peer = peer;
    this.#chunkSize = chunkSize;
    this.#tap = tap;
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#isPaused = false;
    this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    return this.other?.deliver(this.#tap(bytes.slice())) ?? true;
  }

  /** `write` copies. */
  isFlushed(): boolean {
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    this.other?.deliverEnd();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#incoming = [];
    this.other?.reset();
  }

  /** The far end is gone: what a paused reader has not taken is lost, as after a TCP reset. */
  reset(): void {
    if (this.#isPaused) this.#incoming = [];
    this.deliverEnd();
  }

  deliver(bytes: Uint8Array): boolean {
    if (this.#isDestroyed || this.#end !== 'none') return true;
    if (bytes.length > 0) this.#incoming.push(bytes);
    this.#length += bytes.length;
    this.#schedule();
    this.#mustDrain = this.#length >= HIGH_WATER;
    return !this.#mustDrain;
  }

  deliverEnd(): void {
    if (this.#end === 'none') this.#end = 'coming';
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void Promise.resolve().then(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#isDestroyed) return;
    while (!this.#isPaused && this.#incoming.length > 0) receiver.chunk(this.#take());
    if (this.#mustDrain && this.#length < HIGH_WATER) {
      this.#mustDrain = false;
      this.other?.drained();
    }
    if (this.#end === 'coming' && this.#incoming.length === 0) {
      this.#end = 'told';
      receiver.end();
    }
  }

  /** The next chunk, oldest first. */
  #take(): Uint8Array {
    const written = this.#incoming[0]!;
    const chunk = written.slice(this.#taken, this.#taken + this.#chunkSize);
    this.#taken += chunk.length;
    this.#length -= chunk.length;
    if (this.#taken === written.length) {
      this.#incoming.shift();
      this.#taken = 0;
    }
    return chunk;
  }

  drained(): void {
    this.#receiver?.drain();
  }
}

/** Two links, each the other's far end. */
export function memoryLinks(options: MemoryLinkOptions = {}): readonly [ByteLink, ByteLink] {
  const { chunkSize = Infinity, peer = { remoteAddress: '127.0.0.1' }, tap = (_from, chunk) => chunk } = options;
  const size = Number.isFinite(chunkSize) ? chunkSize : 2 ** 30;
  const first = new MemoryLink({}, size, (chunk) => tap('first', chunk));
  const second = new MemoryLink(peer, size, (chunk) => tap('second', chunk));
  first.other = second;
  second.other = first;
  return [first, second];
}

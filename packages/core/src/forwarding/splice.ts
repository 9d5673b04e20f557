/** RFC 4254 §7: joins a channel to a stream, and passes backpressure and half-close between them. */
import type { Channel, ChannelOwner, IncomingRequest } from '../connection/channel.js';
import { SnapshotRefusedError } from '../errors.js';
import type { ByteLink, LinkReceiver } from '../link.js';

/** Once this many bytes wait in a channel, its stream is no longer read. */
const HIGH_WATER = 256 * 1024;
/** How long data sent by a client that has closed may take to reach a slow target, in ms. */
const LINGER = 30_000;

export interface SpliceOptions {
  /** Calls back once after the given ms. @returns a function that cancels it. */
  readonly schedule: (callback: () => void, milliseconds: number) => () => void;
  /** Both ends have been released. */
  readonly over: () => void;
}

export class Splice implements ChannelOwner, LinkReceiver {
  readonly #channel: Channel;
  readonly #link: ByteLink;
  readonly #options: SpliceOptions;
  /** Bytes that the stream was given but has not taken yet; their window credit is held back until it has. */
  #owed = 0;
  #isLinkPaused = false;
  /** EOF arrived from the channel; the stream ended. */
  #hasChannelEnded = false;
  #hasLinkEnded = false;
  #isChannelClosed = false;
  #isOver = false;
  #stopLingering: (() => void) | undefined;

  constructor(channel: Channel, link: ByteLink, options: SpliceOptions) {
    this.#channel = channel;
    this.#link = link;
    this.#options = options;
  }

  /** Starts reading the stream. Call it once this owns the channel. */
  start(): void {
    this.#link.open(this);
  }

  data(data: Uint8Array, code: number): undefined {
    // RFC 4254 §5.2: such a channel has only one stream of data.
    if (code !== 0 || this.#isOver || this.#link.write(data)) this.#channel.consumed(data.length);
    else this.#owed += data.length;
  }

  eof(): undefined {
    this.#hasChannelEnded = true;
    this.#link.end();
    this.#closeIfDone();
  }

  request({ answer }: IncomingRequest): undefined {
    answer(false);
  }

  drained(): undefined {
    if (!this.#isLinkPaused) return;
    this.#isLinkPaused = false;
    this.#link.resume();
  }

  closed(): undefined {
    this.#isChannelClosed = true;
    if (!this.#hasChannelEnded || this.#hasLinkEnded) {
      this.#finish();
      return;
    }
    // Data from before EOF may not have left yet; what the stream still sends is of no use to anybody.
    this.#stopLingering = this.#options.schedule(() => this.#finish(), LINGER);
    this.#link.resume();
  }

  snapshot(): Uint8Array {
    throw new SnapshotRefusedError('open-forward', 'a connection is being forwarded, and its socket is no data');
  }

  chunk(bytes: Uint8Array): void {
    if (this.#isChannelClosed) return;
    this.#channel.write(bytes);
    // If the channel's peer reads no more, there is no point in reading the stream.
    const isFull = this.#channel.queued >= HIGH_WATER || !this.#channel.isWritable;
    if (!isFull || this.#isLinkPaused) return;
    this.#isLinkPaused = true;
    this.#link.pause();
  }

  end(error?: unknown): void {
    this.#hasLinkEnded = true;
    if (this.#isChannelClosed) this.#finish();
    else if (error !== undefined) this.#channel.close();
    else this.#channel.sendEof();
    this.#closeIfDone();
  }

  /** The stream is gone in both directions: further data from the peer would reach nobody. */
  gone(): void {
    this.#hasLinkEnded = true;
    if (this.#isChannelClosed) this.#finish();
    else this.#channel.close();
  }

  drain(): void {
    const owed = this.#owed;
    this.#owed = 0;
    if (owed > 0) this.#channel.consumed(owed);
  }

  #closeIfDone(): void {
    if (this.#hasChannelEnded && this.#hasLinkEnded) this.#channel.close();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopLingering?.();
    // A stream that has ended in both directions closes by itself, once everything written has left.
    if (!this.#hasChannelEnded || !this.#hasLinkEnded) this.#link.destroy();
    this.#options.over();
  }
}

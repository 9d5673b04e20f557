/** RFC 4254 §7: a channel joined to a stream, with the backpressure and the half-close of either told to the other. */
import type { Channel, ChannelOwner, IncomingRequest } from '../connection/channel.js';
import { SnapshotRefusedError } from '../errors.js';
import type { ByteLink, LinkReceiver } from '../link.js';

/** Bytes that wait in a channel before its stream is no longer read. */
const HIGH_WATER = 256 * 1024;
/** What the client sent before it closed has so long to reach a slow target, in ms. */
const LINGER = 30_000;

export interface SpliceOptions {
  /** Calls back once after some ms. @returns what undoes it. */
  readonly schedule: (callback: () => void, milliseconds: number) => () => void;
  /** Both ends are let go. */
  readonly over: () => void;
}

export class Splice implements ChannelOwner, LinkReceiver {
  readonly #channel: Channel;
  readonly #link: ByteLink;
  readonly #options: SpliceOptions;
  /** Bytes that the stream has been given and not taken yet: their room in the window is not given back before. */
  #owed = 0;
  #isLinkPaused = false;
  /** EOF came from the channel; the stream came to its end. */
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

  /** Begins to read the stream: once the channel has this for its owner. */
  start(): void {
    this.#link.open(this);
  }

  data(data: Uint8Array, code: number): undefined {
    // RFC 4254 §5.2: such a channel has one stream of data.
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
    // What came before EOF may not have left yet, and what the stream still says is of no use to anybody.
    this.#stopLingering = this.#options.schedule(() => this.#finish(), LINGER);
    this.#link.resume();
  }

  snapshot(): Uint8Array {
    throw new SnapshotRefusedError('open-forward', 'a connection is being forwarded, and its socket is no data');
  }

  chunk(bytes: Uint8Array): void {
    if (this.#isChannelClosed) return;
    this.#channel.write(bytes);
    // Of a channel whose peer reads no more, the stream need not be read either.
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

  /** The stream is gone in both directions: what the peer still sends would find nobody. */
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
    // A stream of which both directions have ended goes by itself, once what was written has left.
    if (!this.#hasChannelEnded || !this.#hasLinkEnded) this.#link.destroy();
    this.#options.over();
  }
}

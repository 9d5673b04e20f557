/** RFC 4254 §5: a channel as a two-way byte stream, for code that reads and writes it directly. */
import type { Channel, ChannelOwner, IncomingRequest } from '../connection/channel.js';
import { ChannelRequestError, SnapshotRefusedError } from '../errors.js';
import type { Duplex, Peer } from '../link.js';
import { ByteQueue, ChannelWriter, inOwnMemory, readableFrom, writableTo } from '../queue.js';

/** Answers the other side's requests on a channel; `false` for requests it does not know. */
export type RequestHandler = (type: string, fields: Uint8Array) => boolean;

export class ChannelStream implements Duplex {
  readonly peer?: Peer;
  /** For the connection: the owner that receives the channel's events. */
  readonly owner: ChannelOwner;
  /** Settles when the channel is closed on both sides, or the connection is over. */
  readonly closed: Promise<void>;
  readonly #channel: Channel;
  readonly #input: ByteQueue;
  readonly #writer: ChannelWriter;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #resolve: () => void = () => undefined;
  #hasInputEnded = false;

  constructor(channel: Channel, peer?: Peer, onRequest: RequestHandler = () => false) {
    this.#channel = channel;
    if (peer !== undefined) this.peer = peer;
    this.#input = new ByteQueue((bytes) => channel.consumed(bytes));
    this.#writer = new ChannelWriter(channel, 'the channel takes no more data');
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.owner = {
      data: (data, code) => this.#receive(data, code),
      eof: () => this.#receiveEnd(),
      request: ({ type, fields, answer }: IncomingRequest) => answer(onRequest(type, fields)) as undefined,
      drained: () => this.#writer.drained(),
      closed: (error) => this.#finish(error),
      snapshot: () => {
        throw new SnapshotRefusedError('open-forward', 'a channel is in use as a stream, and its reader is no data');
      },
    };
  }

  /** Use this or `read`, not both. */
  get readable(): ReadableStream<Uint8Array> {
    return (this.#readable ??= readableFrom(this, () => this.#input.discard()));
  }

  /**
   * Closing it sends EOF; the other direction stays open. Aborting it closes the channel: what was cut short must not look
   * whole.
   */
  get writable(): WritableStream<Uint8Array> {
    return (this.#writable ??= writableTo(
      (chunk) => this.write(chunk),
      () => this.end(),
      () => this.close(),
    ));
  }

  /** The next bytes; undefined at their end. @throws what ended the connection, if that came before their end. */
  read(): Promise<Uint8Array | undefined> {
    return this.#input.read();
  }

  /** Settles when the bytes are on their way. @throws ConnectionClosedError after the end. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** Sends EOF after what was written. */
  end(): void {
    this.#channel.sendEof();
    this.#closeIfDone();
  }

  /** Ends both directions, after what was written. */
  close(): void {
    this.#input.discard();
    this.#channel.close();
  }

  /** Sends a channel request (RFC 4254 §5.4) that wants a reply. @throws ChannelRequestError if it is refused. */
  request(type: string, fields: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.request(type, fields, (success) => {
        if (success) resolve();
        else reject(new ChannelRequestError(`the request ${type} was refused`));
        return undefined;
      });
    });
  }

  #receive(data: Uint8Array, code: number): undefined {
    if (code === 0) this.#input.push(inOwnMemory(data));
    else this.#channel.consumed(data.length);
  }

  #receiveEnd(): undefined {
    this.#hasInputEnded = true;
    this.#input.end();
    this.#closeIfDone();
  }

  #finish(error: Error | undefined): undefined {
    this.#input.end(error);
    this.#writer.closed();
    this.#resolve();
  }

  #closeIfDone(): void {
    if (this.#hasInputEnded && !this.#channel.isWritable) this.#channel.close();
  }
}

/** RFC 4254 §7.1: an address on which the server listens for a client, and the connections that arrive there. */
import { ChannelOpenReason } from '../connection/messages.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import type { Peer } from '../link.js';
import { ChannelStream } from './channel-stream.js';

/** A listener's address: TCP, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export class ForwardListener implements AsyncIterable<ChannelStream>, AsyncDisposable {
  readonly address: ListenAddress;
  readonly #queueSize: number;
  readonly #cancel: () => Promise<void>;
  #waiting: ((result: IteratorResult<ChannelStream, undefined>) => void)[] = [];
  #incoming: { readonly channel: IncomingChannel; readonly peer: Peer }[] = [];
  #isClosed = false;

  /** `queueSize` connections may wait to be taken; `cancel` tells the server to stop. */
  constructor(address: ListenAddress, queueSize: number, cancel: () => Promise<void>) {
    this.address = address;
    this.#queueSize = queueSize;
    this.#cancel = cancel;
  }

  /** The port that the server bound; 0 for a Unix socket. */
  get port(): number {
    return 'port' in this.address ? this.address.port : 0;
  }

  /** For the connection: a connection has arrived. It is refused if the queue is full. */
  receive(channel: IncomingChannel, peer: Peer): void {
    if (this.#isClosed || (this.#waiting.length === 0 && this.#incoming.length >= this.#queueSize)) {
      channel.reject(ChannelOpenReason.RESOURCE_SHORTAGE, 'too many connections wait');
      return;
    }
    this.#incoming.push({ channel, peer });
    this.#deliver();
  }

  /** For the connection: it is over, which ends the iteration. */
  finish(): void {
    this.#isClosed = true;
    for (const { channel } of this.#incoming.splice(0))
      channel.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'no longer listened for');
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Tells the server to stop listening; connections already taken stay open. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.finish();
    await this.#cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<ChannelStream, undefined> {
    return {
      next: () => {
        if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
        const next = new Promise<IteratorResult<ChannelStream, undefined>>((resolve) => this.#waiting.push(resolve));
        this.#deliver();
        return next;
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** A channel is confirmed only when it is taken, so that waiting ones cost no window. */
  #deliver(): void {
    while (this.#waiting.length > 0) {
      const first = this.#incoming.shift();
      if (first === undefined) return;
      let stream: ChannelStream | undefined;
      first.channel.accept((channel) => (stream = new ChannelStream(channel, first.peer)).owner);
      // There is no stream if the connection has ended in the meantime.
      if (stream !== undefined) this.#waiting.shift()?.({ done: false, value: stream });
    }
  }
}

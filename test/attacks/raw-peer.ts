/** A client that sends what it is told to: legal up to a point, and then whatever a case is about. */
import type { ByteLink, Server } from '@nacre/core';
import { concat, str, uint32 } from './bytes.js';
import { RawEnd } from './raw-end.js';
import type { RawTransportOptions } from './raw-transport.js';
import { settle } from './subject.js';
import { dialMemory, type DialOptions } from './wire.js';

export { bytes, concat, str, uint32 } from './bytes.js';
export type { End } from './raw-end.js';
export { settle, subject, turn, type Subject } from './subject.js';

export interface RawOptions extends RawTransportOptions, DialOptions {
  /** Sends in pieces of one byte: the older name of delivery byte by byte. */
  readonly chunkSize?: 1;
  /** Logs in with a password if `none` is not enough. */
  readonly user?: string;
  readonly password?: string;
  /** Whether the given link leads to a server in this process, without a socket. */
  readonly isInMemory?: boolean;
}

/** Connects to a server under test, in memory or over a link that leads to one. */
export class RawPeer extends RawEnd {
  /** What the application is legally asked because of the steps taken so far. */
  readonly legalCalls: string[] = [];
  /** Whether the memory of this process shows what the server allocates, and nothing else. */
  readonly isInMemory: boolean;
  readonly #options: RawOptions;

  constructor(server: Server | ByteLink, options: RawOptions = {}) {
    const delivery = options.chunkSize === 1 ? 'byte by byte' : (options.delivery ?? 'as sent');
    super('client', 'accept' in server ? dialMemory(server, { ...options, delivery }) : server, options);
    this.isInMemory = options.isInMemory ?? 'accept' in server;
    this.#options = options;
  }

  /** The whole first key exchange, unless it is over. */
  async exchange(): Promise<this> {
    if (this.transport.exchanges > 0) return this;
    this.flush();
    await this.until(() => this.transport.exchanges > 0, 'the first key exchange');
    this.legalCalls.push('sign');
    return this;
  }

  /** A whole later key exchange. */
  async rekey(): Promise<this> {
    const { exchanges } = this.transport;
    this.transport.rekey();
    this.flush();
    await this.until(() => this.transport.exchanges > exchanges, 'a rekey');
    this.legalCalls.push('sign');
    return this;
  }

  /** KX and SR of the case descriptions. */
  async requestService(): Promise<this> {
    await this.exchange();
    await this.ask(6, [5], str('ssh-userauth'));
    return this;
  }

  /** AUTH: a legal login. */
  async login(): Promise<this> {
    await this.requestService();
    const { user = 'guest', password } = this.#options;
    const method = password === undefined ? str('none') : concat(str('password'), [0], str(password));
    await this.ask(52, [50], str(user), str('ssh-connection'), method);
    this.legalCalls.push(password === undefined ? 'none' : 'password');
    return this;
  }

  /** ECHO: a session channel that echoes; its local id is 0, and so is ours for it. */
  async echo(): Promise<this> {
    await this.login();
    await this.ask(91, [90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    await this.ask(99, [98], uint32(0), str('exec'), [1], str('cat'));
    this.legalCalls.push('session', 'command');
    return this;
  }

  /** Echoes a text over the channel of `echo`. @throws if something else comes back. */
  async echoes(text: string): Promise<void> {
    const from = this.received.length;
    const shown = (): string =>
      this.received
        .slice(from)
        .filter((payload) => payload[0] === 94)
        .map((payload) => new TextDecoder().decode(payload.subarray(9)))
        .join('');
    this.send([94], uint32(0), str(text));
    await this.until(() => shown().length >= text.length, `the echo of ${text}`);
    if (shown() !== text) throw new Error(`the echo of ${text} is ${shown()}`);
  }

  /** Returns when the server has handled everything that was sent, or has ended the connection. */
  async fence(): Promise<void> {
    if (this.end !== undefined) return;
    const isLoggedIn = this.received.some((payload) => payload[0] === 52);
    try {
      if (this.transport.exchanges === 0 || this.transport.isExchanging) await settle();
      else if (isLoggedIn) await this.ask(82, [80], str('keepalive@openssh.com'), [1]);
      else await this.ask(6, [5], str('ssh-userauth'));
    } catch (error) {
      if (this.end === undefined) throw error;
    }
  }
}

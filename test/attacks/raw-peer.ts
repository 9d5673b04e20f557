/** A client that sends what it is told: legal up to a point, and then whatever a case is about. */
import type { ByteLink, Server } from '@nacre/core';
import { concat, readUint32, str, uint32 } from './bytes.js';
import type { Lies } from './raw-packets.js';
import { RawTransport, type RawTransportOptions } from './raw-transport.js';
import { eventually, settle } from './subject.js';
import { dialMemory, type DialOptions } from './wire.js';

export { bytes, concat, str, uint32 } from './bytes.js';
export { settle, subject, turn, type Subject } from './subject.js';

export interface RawOptions extends RawTransportOptions, DialOptions {
  /** Sends in pieces of one byte: the older name of a delivery byte by byte. */
  readonly chunkSize?: 1;
  /** Logs in with a password where `none` is not enough. */
  readonly user?: string;
  readonly password?: string;
}

/** What the server said last: the reason of its DISCONNECT, `closed` without one, or nothing yet. */
export type End = number | 'closed' | undefined;

/** Connects to a server under test, in memory or over a link that leads to one. */
export class RawPeer {
  readonly transport: RawTransport;
  readonly received: Uint8Array[] = [];
  /** What the application is legally asked because of the steps that were taken. */
  readonly legalCalls: string[] = [];
  end: End;
  isClosed = false;
  /** Bytes that came after the server's DISCONNECT. */
  afterEnd = 0;
  /** What the server sent that even this peer cannot read. */
  fault: unknown;
  /** All that came, as it came. */
  readonly heard: Uint8Array[] = [];
  readonly #link: ByteLink;
  readonly #options: RawOptions;
  readonly #interrupts = new Map<number, () => void>();
  #isHandling = false;
  #hasBegun = false;

  constructor(server: Server | ByteLink, options: RawOptions = {}) {
    this.#options = options;
    const delivery = options.chunkSize === 1 ? 'byte by byte' : (options.delivery ?? 'as sent');
    this.#link = 'accept' in server ? dialMemory(server, { ...options, delivery }) : server;
    this.transport = new RawTransport('client', options);
    this.#link.open({
      chunk: (chunk) => this.#receive(chunk),
      end: () => {
        this.isClosed = true;
        if (!this.#isHandling) this.end ??= 'closed';
      },
      drain: () => undefined,
    });
  }

  /** Sends bytes as they are. */
  raw(chunk: Uint8Array): void {
    this.#link.write(chunk.slice());
  }

  /** Sends a payload in a legal packet under the keys of the moment. */
  send(...payload: readonly (Uint8Array | readonly number[])[]): void {
    this.transport.send(concat(...payload));
    this.flush();
  }

  /** A packet sealed with the keys of the moment, not sent. */
  seal(payload: Uint8Array, lies?: Lies): Uint8Array {
    return this.transport.seal(payload, lies);
  }

  /** The KEXINIT of a rekey, not sent. */
  kexinit(): Uint8Array {
    return this.transport.kexinit();
  }

  /** Does something when message `number` comes, before the peer obeys it. */
  before(number: number, act: () => void): void {
    this.#interrupts.set(number, act);
  }

  /** Sends what the transport has ready: the first time, that is identification and KEXINIT. */
  flush(): void {
    this.#hasBegun = true;
    if (this.transport.outgoingLength > 0) this.#link.write(this.transport.take());
  }

  /** Waits until `condition` holds. @throws where the connection ends before, or it never does. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await eventually(() => condition() || this.end !== undefined, what);
    if (!condition()) throw new Error(`the connection ended with ${this.end} before: ${what}`);
  }

  /** Waits for the next message `number` that comes from now on. */
  async receives(number: number): Promise<Uint8Array> {
    const from = this.received.length;
    const find = (): Uint8Array | undefined => this.received.slice(from).find((payload) => payload[0] === number);
    await this.until(() => find() !== undefined, `message ${number}`);
    return find()!;
  }

  /** Sends a payload and waits for the next message `number`. */
  async ask(number: number, ...payload: readonly (Uint8Array | readonly number[])[]): Promise<Uint8Array> {
    const answer = this.receives(number);
    this.send(...payload);
    return answer;
  }

  /** The whole first key exchange. */
  async exchange(): Promise<this> {
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

  /** Echoes a text over the channel of `echo`. @throws where something else comes back. */
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

  /** Returns when the server has handled all that was sent, or has ended the connection. */
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

  /** Reads nothing more, until `read`. */
  stall(): void {
    this.#link.pause();
  }

  read(): void {
    this.#link.resume();
  }

  /** Ends its own direction: the server sees EOF. */
  endInput(): void {
    this.#link.end();
  }

  close(): void {
    this.#link.destroy();
  }

  #receive(chunk: Uint8Array): void {
    this.heard.push(chunk.slice());
    if (this.end !== undefined) {
      this.afterEnd += chunk.length;
      return;
    }
    this.transport.receive(chunk);
    if (!this.#isHandling) void this.#run();
  }

  /** Handles one payload after another; one that takes time holds up the next. */
  async #run(): Promise<void> {
    this.#isHandling = true;
    try {
      for (let payload = this.transport.next(); payload !== undefined; payload = this.transport.next()) {
        this.received.push(payload);
        const number = payload[0]!;
        if (number === 1) {
          this.end = readUint32(payload, 1);
          this.afterEnd += this.transport.opener.waiting;
          return;
        }
        this.#interrupts.get(number)?.();
        if (number >= 20 && number < 50) await this.transport.handle(payload);
        if (this.#hasBegun) this.flush();
      }
    } catch (error) {
      this.fault = error;
    } finally {
      this.#isHandling = false;
      if (this.isClosed) this.end ??= 'closed';
    }
  }
}

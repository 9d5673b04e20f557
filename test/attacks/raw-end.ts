/** One end of a connection that sends what it is told to: what the raw client and the raw server share. */
import type { ByteLink } from '@nacre/core';
import { concat, readUint32 } from './bytes.js';
import type { Lies } from './raw-packets.js';
import { RawTransport, type RawTransportOptions } from './raw-transport.js';
import { eventually } from './subject.js';

export type Payload = readonly (Uint8Array | readonly number[])[];

/** What the other end said last: the reason of its DISCONNECT, `closed` without one, or nothing yet. */
export type End = number | 'closed' | undefined;

export class RawEnd {
  readonly transport: RawTransport;
  readonly received: Uint8Array[] = [];
  end: End;
  isClosed = false;
  /** False while the other end does not read what was sent. */
  isHeard = true;
  /** Bytes that came after the other end's DISCONNECT. */
  afterEnd = 0;
  /** Input that even this end cannot read. */
  fault: unknown;
  /** Everything received, as it came. */
  readonly heard: Uint8Array[] = [];
  readonly #link: ByteLink;
  /** What came during an exchange is answered after it (RFC 4253 §7.1). */
  readonly #unanswered: Uint8Array[] = [];
  readonly #interrupts = new Map<number, () => void>();
  #isHandling = false;
  #hasBegun = false;

  constructor(role: 'client' | 'server', link: ByteLink, options: RawTransportOptions) {
    this.#link = link;
    this.transport = new RawTransport(role, options);
    link.open({
      chunk: (chunk) => this.#receive(chunk),
      end: () => {
        this.isClosed = true;
        if (!this.#isHandling) this.end ??= 'closed';
      },
      drain: () => {
        this.isHeard = true;
      },
    });
  }

  /** Numbers of the messages that came. */
  get numbers(): number[] {
    return this.received.map((payload) => payload[0]!);
  }

  /** Sends bytes as they are. */
  raw(chunk: Uint8Array): void {
    this.isHeard = this.#link.write(chunk.slice());
  }

  /** Sends a payload in a legal packet under the current keys. */
  send(...payload: Payload): void {
    this.transport.send(concat(...payload));
    this.flush();
  }

  /** A packet sealed with the current keys, not sent. */
  seal(payload: Uint8Array, lies?: Lies): Uint8Array {
    return this.transport.seal(payload, lies);
  }

  /** The KEXINIT of a rekey, not sent. */
  kexinit(): Uint8Array {
    return this.transport.kexinit();
  }

  /** Does something when message `number` arrives, before the peer obeys it. */
  before(number: number, act: () => void): void {
    this.#interrupts.set(number, act);
  }

  /** Sends what the transport has ready: the first time, that is identification and KEXINIT. */
  flush(): void {
    this.#hasBegun = true;
    if (this.transport.outgoingLength > 0) this.isHeard = this.#link.write(this.transport.take());
  }

  /** Waits until `condition` holds. @throws if the connection ends first, or it never does. */
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
  async ask(number: number, ...payload: Payload): Promise<Uint8Array> {
    const answer = this.receives(number);
    this.send(...payload);
    return answer;
  }

  /** Forgets everything received so far: in a long run that would be the memory that grows. */
  forget(): void {
    this.received.length = 0;
    this.heard.length = 0;
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

  /** What this end answers by itself to a message that is not part of an exchange. */
  protected answer(_payload: Uint8Array): void {
    // Nothing: a client says what it is told to.
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
        else this.#unanswered.push(payload);
        if (!this.transport.isExchanging) for (const each of this.#unanswered.splice(0)) this.answer(each);
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

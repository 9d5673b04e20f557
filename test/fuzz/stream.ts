/** A stream with the fuzzer at its other end, which reads the output packet by packet. */
import type { ByteLink, LinkReceiver } from '../../packages/core/src/link.js';
import { concatenate, uint32 } from './bytes.js';
import { Finding } from './target.js';

const SSH_MSG_DISCONNECT = 1;
const BLOCK = 8;
const LEAST_PADDING = 4;

/** A legal packet under a cipher that does nothing. */
export function frame(payload: Uint8Array): Uint8Array {
  let padding = BLOCK - ((5 + payload.length) % BLOCK);
  if (padding < LEAST_PADDING) padding += BLOCK;
  const head = concatenate(uint32(1 + payload.length + padding), Uint8Array.of(padding));
  return concatenate(head, payload, new Uint8Array(padding));
}

/** Parses identification and packets under that cipher, as they come. */
export class PlainReader {
  identification: string | undefined;
  #waiting: Uint8Array = new Uint8Array(0);

  /** The payloads that `bytes` complete. @throws Finding if they are not packets. */
  read(bytes: Uint8Array): readonly Uint8Array[] {
    this.#waiting = concatenate(this.#waiting, bytes);
    const end = this.#waiting.indexOf(10);
    if (this.identification === undefined && end >= 0) {
      this.identification = new TextDecoder().decode(this.#waiting.subarray(0, end + 1)).trimEnd();
      this.#waiting = this.#waiting.subarray(end + 1);
    }
    const payloads: Uint8Array[] = [];
    while (this.identification !== undefined && this.#waiting.length >= 5) {
      const view = new DataView(this.#waiting.buffer, this.#waiting.byteOffset);
      const length = view.getUint32(0);
      const padding = view.getUint8(4);
      if ((length + 4) % BLOCK !== 0 || padding < LEAST_PADDING || padding + 1 >= length)
        throw new Finding('malformed packet sent', `a packet of length ${length} with padding ${padding}`);
      if (this.#waiting.length < 4 + length) break;
      payloads.push(this.#waiting.slice(5, 4 + length - padding));
      this.#waiting = this.#waiting.subarray(4 + length);
    }
    return payloads;
  }
}

export class FuzzStream implements ByteLink {
  /** What the subject sent, message by message. */
  readonly sent: Uint8Array[] = [];
  /** Told of each message that the subject sends; of the identification first. */
  onSent: (payload: Uint8Array) => void = () => undefined;
  /** Sees each message before anybody else does. @throws Finding for one that must not be sent. */
  watch: (payload: Uint8Array) => void = () => undefined;
  /** What the subject did that it must not do; the first counts. */
  finding: Finding | undefined;
  /** Accepts no more bytes for now. */
  isStalled = false;
  isPaused = false;
  isEnded = false;
  isDestroyed = false;
  readonly reader = new PlainReader();
  #receiver: LinkReceiver | undefined;
  #hasDisconnected = false;

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  write(bytes: Uint8Array): boolean {
    try {
      const isFirst = this.reader.identification === undefined;
      const payloads = this.reader.read(bytes.slice());
      if (isFirst && this.reader.identification !== undefined)
        this.onSent(new TextEncoder().encode(`${this.reader.identification}\r\n`));
      for (const payload of payloads) this.#take(payload);
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      this.finding ??= error;
    }
    return !this.isStalled;
  }

  #take(payload: Uint8Array): void {
    if (this.#hasDisconnected) throw new Finding('sent after DISCONNECT', `message ${payload[0]} after DISCONNECT`);
    if (payload[0] === SSH_MSG_DISCONNECT) this.#hasDisconnected = true;
    this.sent.push(payload);
    this.watch(payload);
    this.onSent(payload);
  }

  /** Gives the subject bytes in pieces of `chunk` bytes, 0 for whole. */
  deliver(bytes: Uint8Array, chunk: number): void {
    const length = chunk === 0 ? Math.max(1, bytes.length) : chunk;
    for (let start = 0; start < bytes.length; start += length) {
      if (this.isDestroyed) return;
      this.#receiver?.chunk(bytes.slice(start, start + length));
    }
  }

  drain(): void {
    this.isStalled = false;
    this.#receiver?.drain();
  }

  /** The other end is gone. */
  hangUp(): void {
    if (!this.isDestroyed) this.#receiver?.end();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  release(): void {
    this.isDestroyed = true;
  }
}

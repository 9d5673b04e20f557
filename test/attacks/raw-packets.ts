/** RFC 4253 §6 for tests, independent of ours: frames anything, with false lengths if a case wants them. */
import type { PacketCipher } from '../../packages/core/src/algorithms/algorithm.js';
import { concat, readUint32, uint32 } from './bytes.js';

/** What a packet says of itself where it does not tell the truth. */
export interface Lies {
  readonly packetLength?: number;
  readonly paddingLength?: number;
  /** How many bytes of padding there really are; by default as few as are legal. */
  readonly padding?: number;
}

/** One direction of packets under the keys of the moment. */
class Direction {
  sequenceNumber = 0;
  cipher: PacketCipher | undefined;

  setCipher(cipher: PacketCipher, restart: boolean): void {
    this.cipher = cipher;
    if (restart) this.sequenceNumber = 0;
  }
}

export class RawSealer extends Direction {
  seal(payload: Uint8Array, lies: Lies = {}): Uint8Array {
    const { cipher } = this;
    const block = Math.max(8, cipher?.blockLength ?? 8);
    const apart = cipher?.lengthIsApart === true ? 4 : 0;
    let least = block - ((5 + payload.length - apart) % block);
    if (least < 4) least += block;
    while (5 + payload.length + least < 16) least += block;
    const padding = lies.padding ?? least;
    const packetLength = lies.packetLength ?? 1 + payload.length + padding;
    const head = concat(uint32(packetLength), [lies.paddingLength ?? padding]);
    const packet = concat(head, payload, new Uint8Array(padding + (cipher?.tagLength ?? 0)));
    cipher?.seal(this.sequenceNumber, packet);
    this.sequenceNumber = (this.sequenceNumber + 1) >>> 0;
    return packet;
  }
}

export class RawOpener extends Direction {
  #waiting: Uint8Array = new Uint8Array(0);
  #packetLength: number | undefined;

  /** Bytes that have come and are no whole packet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(chunk: Uint8Array): void {
    this.#waiting = concat(this.#waiting, chunk);
  }

  /** A line up to LF, without its end. */
  line(): string | undefined {
    const end = this.#waiting.indexOf(10);
    if (end < 0) return undefined;
    const line = new TextDecoder('latin1').decode(this.#waiting.subarray(0, end)).replace(/\r$/, '');
    this.#waiting = this.#waiting.subarray(end + 1);
    return line;
  }

  /** The next payload, in memory of its own. */
  next(): Uint8Array | undefined {
    const headLength = this.cipher?.headLength ?? 4;
    if (this.#waiting.length < headLength) return undefined;
    this.#packetLength ??= this.#readLength(this.#waiting.subarray(0, headLength));
    const tagLength = this.cipher?.tagLength ?? 0;
    const total = 4 + this.#packetLength + tagLength;
    if (this.#waiting.length < total) return undefined;
    const packet = this.#waiting.slice(0, total);
    this.#waiting = this.#waiting.subarray(total);
    this.#packetLength = undefined;
    const text = this.cipher?.open(this.sequenceNumber, packet) ?? packet.subarray(4);
    this.sequenceNumber = (this.sequenceNumber + 1) >>> 0;
    return text.slice(1, text.length - text[0]!);
  }

  #readLength(head: Uint8Array): number {
    return this.cipher === undefined ? readUint32(head, 0) : this.cipher.openLength(this.sequenceNumber, head);
  }
}

/** A packet before any keys. */
export const plain = (payload: Uint8Array, lies?: Lies): Uint8Array => new RawSealer().seal(payload, lies);

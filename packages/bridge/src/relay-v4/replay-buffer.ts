/** Sent bytes that are not acknowledged yet, ready to be sent again: a window of the stream, by absolute positions. */
import { ARRAY_HEADER_LENGTH, encodeData, LONG_ARRAY_LENGTH, MAX_COMMAND_LENGTH, ResumeFault } from './commands.js';

/** What a command costs besides its data, in bytes. */
const COMMAND_COST = 128;

/**
 * Memory of long commands that are done with, for later ones that fill at least half of it: new memory is zeroed first,
 * which costs more than the copy.
 */
const free: ArrayBuffer[] = [];
const MAX_FREE = 32;

export class ReplayBuffer {
  /** DATA commands in order; the first may begin before `#start`. */
  #commands: Uint8Array<ArrayBuffer>[] = [];
  /** How many of them are done with; they are removed now and then, so that not every acknowledgement costs a copy. */
  #done = 0;
  /** The position in the stream where the first command after those begins. */
  #base = 0;
  #start = 0;
  #end = 0;
  /** Everything before this position was sent again. */
  #repeated = 0;

  /** Bytes held. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Memory held, in bytes. Security: an application that writes one byte at a time makes us hold much more than `length`. */
  get cost(): number {
    return this.length + (this.#commands.length - this.#done) * COMMAND_COST;
  }

  /** How many bytes the peer has acknowledged. */
  get acknowledged(): number {
    return this.#start;
  }

  /** Copies `bytes` and returns the commands that carry them, in arrays of at most `arrayLength` bytes. */
  append(bytes: Uint8Array, arrayLength: number): Uint8Array<ArrayBuffer>[] {
    const added: Uint8Array<ArrayBuffer>[] = [];
    for (let offset = 0; offset < bytes.length; offset += arrayLength) {
      const data = bytes.subarray(offset, offset + arrayLength);
      added.push(data.length > LONG_ARRAY_LENGTH / 2 ? encodeData(data, memoryFor(data)) : encodeData(data));
    }
    this.#commands.push(...added);
    this.#end += bytes.length;
    return added;
  }

  /**
   * Forgets everything before `position`.
   *
   * @param haveLeft whether none of it waits in the link any more
   * @throws ResumeFault if that was never sent, or is already forgotten
   */
  acknowledge(position: number, haveLeft: boolean): void {
    if (position > this.#end) throw new ResumeFault(`${position} bytes acknowledged of ${this.#end} sent`);
    if (position < this.#start) throw new ResumeFault(`${position} bytes acknowledged after ${this.#start}`);
    this.#start = position;
    for (;;) {
      const command = this.#commands[this.#done];
      if (command === undefined || this.#base + dataLength(command) > position) break;
      // Security: a peer may acknowledge bytes that still wait in the link; were their memory reused, it would get bytes of
      // another session instead. Bytes that were sent again may also wait in the previous link.
      const isUnread = haveLeft && this.#base >= this.#repeated;
      const { buffer } = command;
      if (isUnread && buffer.byteLength === MAX_COMMAND_LENGTH && free.length < MAX_FREE) free.push(buffer);
      this.#base += dataLength(command);
      this.#done += 1;
    }
    if (this.#done > 16 && this.#done * 2 > this.#commands.length) {
      this.#commands = this.#commands.slice(this.#done);
      this.#done = 0;
    }
    if (this.#done === this.#commands.length) {
      this.#commands = [];
      this.#done = 0;
    }
  }

  /** The commands for everything held. */
  replay(): Uint8Array<ArrayBuffer>[] {
    this.#repeated = this.#end;
    const [first, ...others] = this.#commands.slice(this.#done);
    if (first === undefined) return [];
    const skipped = this.#start - this.#base;
    return [skipped === 0 ? first : encodeData(first.subarray(ARRAY_HEADER_LENGTH + skipped)), ...others];
  }

  clear(): void {
    this.#commands = [];
    this.#done = 0;
    this.#start = this.#end;
    this.#base = this.#end;
  }
}

function memoryFor(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const memory = free.pop() ?? new ArrayBuffer(MAX_COMMAND_LENGTH);
  return new Uint8Array(memory, 0, ARRAY_HEADER_LENGTH + data.length);
}

function dataLength(command: Uint8Array): number {
  return command.length - ARRAY_HEADER_LENGTH;
}

/** Sent bytes that are not acknowledged yet, ready to be sent again: a window of the stream, by absolute positions. */
import { ARRAY_HEADER_LENGTH, encodeData, lengthOf, LONG_ARRAY_LENGTH, ResumeFault } from './commands.js';

/** What a command costs besides its data, in bytes. */
const COMMAND_COST = 128;

/**
 * Memory of long commands that are done with, by its length, for later ones that fill at least half of it: new memory is
 * zeroed first, which costs more than the copy.
 */
const free = new Map<number, ArrayBuffer[]>([
  [ARRAY_HEADER_LENGTH + LONG_ARRAY_LENGTH / 4, []],
  [ARRAY_HEADER_LENGTH + LONG_ARRAY_LENGTH / 2, []],
  [ARRAY_HEADER_LENGTH + LONG_ARRAY_LENGTH, []],
]);
/** How much of each length to keep, in bytes. */
const MAX_FREE = 2 * 1024 * 1024;
/** Arrays of up to this many bytes are left to the garbage collector: they would not fill half of the shortest such memory. */
const SHORT_ARRAY = LONG_ARRAY_LENGTH / 8;

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

  /**
   * Memory held, in bytes, or half of it where all arrays are half as long as their memory. Security: an application that writes
   * one byte at a time makes us hold much more than `length`.
   */
  get cost(): number {
    return this.length + (this.#commands.length - this.#done) * COMMAND_COST;
  }

  /** How many bytes the peer has acknowledged. */
  get acknowledged(): number {
    return this.#start;
  }

  /** Copies `chunks` and returns the commands that carry them, in arrays of at most `arrayLength` bytes. */
  append(chunks: readonly Uint8Array[], arrayLength: number): Uint8Array<ArrayBuffer>[] {
    const added = inArrays(chunks, arrayLength).map((pieces) => encodeData(pieces, memoryFor(lengthOf(pieces))));
    this.#commands.push(...added);
    this.#end += lengthOf(chunks);
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
      if (isUnread) keep(buffer);
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

  /** The commands for everything held, in arrays of at most `arrayLength` bytes. */
  replay(arrayLength: number): Uint8Array<ArrayBuffer>[] {
    this.#repeated = this.#end;
    const skipped = this.#start - this.#base;
    return this.#commands.slice(this.#done).flatMap((command, index) => {
      const data = command.subarray(ARRAY_HEADER_LENGTH + (index === 0 ? skipped : 0));
      if (data.length === dataLength(command) && data.length <= arrayLength) return [command];
      return inArrays([data], arrayLength).map((pieces) => encodeData(pieces));
    });
  }

  clear(): void {
    this.#commands = [];
    this.#done = 0;
    this.#start = this.#end;
    this.#base = this.#end;
  }
}

/** The pieces of `chunks` that go into each array. */
function inArrays(chunks: readonly Uint8Array[], arrayLength: number): readonly (readonly Uint8Array[])[] {
  const arrays: Uint8Array[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length;) {
      if (room === 0) {
        arrays.push([]);
        room = arrayLength;
      }
      const piece = chunk.subarray(offset, offset + room);
      arrays.at(-1)?.push(piece);
      offset += piece.length;
      room -= piece.length;
    }
  }
  return arrays;
}

/** Undefined for a short array: it has memory of its own. */
function memoryFor(arrayLength: number): Uint8Array<ArrayBuffer> | undefined {
  if (arrayLength <= SHORT_ARRAY) return undefined;
  for (const [length, memories] of free) {
    if (ARRAY_HEADER_LENGTH + arrayLength > length) continue;
    return new Uint8Array(memories.pop() ?? new ArrayBuffer(length), 0, ARRAY_HEADER_LENGTH + arrayLength);
  }
  return undefined;
}

function keep(memory: ArrayBuffer): void {
  const memories = free.get(memory.byteLength);
  if (memories !== undefined && (memories.length + 1) * memory.byteLength <= MAX_FREE) memories.push(memory);
}

function dataLength(command: Uint8Array): number {
  return command.length - ARRAY_HEADER_LENGTH;
}

/** Values passed between the program and the handlers of a connection, within this process. */
import { EventQueue } from '../queue.js';

/** Values kept for a reader, and for the first one before it reads; older ones are dropped. */
const MAXIMUM_WAITING = 256;

export class Mailbox {
  readonly #readers = new Set<EventQueue<unknown>>();
  #early: EventQueue<unknown> | undefined = new EventQueue(MAXIMUM_WAITING);
  #isOver = false;

  /** To all readers; while there is none, to the first one to come. */
  post(value: unknown): void {
    if (this.#early !== undefined) this.#early.push(value);
    else for (const reader of this.#readers) reader.push(value);
  }

  /** A new reader, which gets every value from now on, until its iteration is left. */
  read(): AsyncIterable<unknown> {
    const reader = this.#early ?? new EventQueue<unknown>(MAXIMUM_WAITING);
    this.#early = undefined;
    this.#readers.add(reader);
    if (this.#isOver) reader.end();
    const leave = (): Promise<IteratorReturnResult<undefined>> => {
      this.#readers.delete(reader);
      reader.end();
      return Promise.resolve({ done: true, value: undefined });
    };
    return { [Symbol.asyncIterator]: () => ({ ...reader[Symbol.asyncIterator](), return: leave }) };
  }

  /** The connection is over; values already posted can still be read. */
  end(): void {
    this.#isOver = true;
    this.#early?.end();
    for (const reader of this.#readers) reader.end();
  }
}

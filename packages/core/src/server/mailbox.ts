/** Values that pass between the program and whoever serves a connection, within this process. */
import { EventQueue } from '../queue.js';

/** Values that wait for one reader, and for the first of them; older ones go. */
const MAXIMUM_WAITING = 256;

export class Mailbox {
  readonly #readers = new Set<EventQueue<unknown>>();
  #early: EventQueue<unknown> | undefined = new EventQueue(MAXIMUM_WAITING);
  #isOver = false;

  /** To every reader there is; where there is none yet, to the first. */
  post(value: unknown): void {
    if (this.#early !== undefined) this.#early.push(value);
    else for (const reader of this.#readers) reader.push(value);
  }

  /** A reader of its own: it gets every value from now on. */
  read(): AsyncIterable<unknown> {
    const reader = this.#early ?? new EventQueue<unknown>(MAXIMUM_WAITING);
    this.#early = undefined;
    this.#readers.add(reader);
    if (this.#isOver) reader.end();
    return reader;
  }

  /** The connection is over: what has not been read still can be. */
  end(): void {
    this.#isOver = true;
    this.#early?.end();
    for (const reader of this.#readers) reader.end();
  }
}

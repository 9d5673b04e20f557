/** OpenSSH's PROTOCOL §1.8: round trips, from the asking side. */
import { equalBytes } from '../crypto/provider.js';
import { ConnectionClosedError, LimitError } from '../errors.js';

/** Pings that may be in progress at a time. */
const MAXIMUM_PINGS = 16;
const NUMBER_LENGTH = 4;

interface Waiting {
  readonly data: Uint8Array;
  readonly settle: (error?: Error) => void;
}

export class Pings {
  #sent = 0;
  #waiting: Waiting[] = [];

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Asks with `send`; settles with the answer. @throws LimitError if many are in progress, or what ended the
   * connection.
   */
  ping(send: (data: Uint8Array) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= MAXIMUM_PINGS) {
        reject(new LimitError(`${MAXIMUM_PINGS} pings wait for an answer`));
        return;
      }
      this.#sent += 1;
      const data = new Uint8Array(NUMBER_LENGTH);
      new DataView(data.buffer).setUint32(0, this.#sent);
      this.#waiting.push({ data, settle: (error) => (error === undefined ? resolve() : reject(error)) });
      send(data);
    });
  }

  /** Answers come in order; unsolicited ones are ignored. */
  pong(data: Uint8Array): undefined {
    const first = this.#waiting[0];
    if (first === undefined || !equalBytes(first.data, data)) return;
    this.#waiting.shift();
    first.settle();
  }

  close(error: Error = new ConnectionClosedError()): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { settle } of waiting) settle(error);
  }
}

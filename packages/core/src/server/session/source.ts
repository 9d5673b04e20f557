/** Sessions for an application that takes them itself, instead of having a handler called. */
import { EventQueue } from '../../queue.js';
import type { Session, SessionHandler } from './session.js';

/** Sessions that may wait to be taken; further ones end at once, as failed commands. */
const MAXIMUM_WAITING = 256;
const BUSY = 1;

export class SessionSource implements AsyncIterable<Session> {
  readonly #queue = new EventQueue<Session>(MAXIMUM_WAITING);
  #waiting = 0;

  /** What the server runs: it lasts as long as the session, which the application ends. */
  readonly handler: SessionHandler = async (session) => {
    if (this.#waiting >= MAXIMUM_WAITING) return BUSY;
    this.#waiting += 1;
    this.#queue.push(session);
    const { closed } = session;
    await new Promise<void>((resolve) => {
      closed.addEventListener('abort', () => resolve(), { once: true });
    });
    return 0;
  };

  async *[Symbol.asyncIterator](): AsyncGenerator<Session, void> {
    for await (const session of this.#queue) {
      this.#waiting -= 1;
      if (!session.closed.aborted) yield session;
    }
  }

  /** No more sessions will come. */
  end(): void {
    this.#queue.end();
  }
}

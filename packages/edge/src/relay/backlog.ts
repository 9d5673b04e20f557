/** How much waits for the readers of a relay's links: a Worker's WebSocket accepts everything and has no backpressure. */
import type { RelaySocket } from './platform.js';

/** What a message costs besides its bytes. Security: a peer that sends single bytes makes us hold much more than those. */
const MESSAGE_COST = 128;

export class Backlogs {
  readonly #queues = new WeakMap<RelaySocket, Queue>();
  /** An upper bound of what waits for all readers, in bytes: the last count, and everything sent since. */
  #bound = 0;

  /** @returns how much waits for the reader of this link now, in bytes */
  send(socket: RelaySocket, message: ArrayBuffer): number {
    const queue = this.#queueOf(socket);
    socket.send(message);
    queue.grow(message.byteLength, socket.bufferedAmount);
    this.#bound += message.byteLength + MESSAGE_COST;
    return queue.cost(socket.bufferedAmount);
  }

  of(socket: RelaySocket): number {
    return this.#queueOf(socket).cost(socket.bufferedAmount);
  }

  /** Whether more than `limit` waits for all of them; counts only if that is possible. */
  exceeds(limit: number, sockets: () => readonly RelaySocket[]): boolean {
    if (this.#bound > limit) this.#bound = sockets().reduce((sum, socket) => sum + this.of(socket), 0);
    return this.#bound > limit;
  }

  #queueOf(socket: RelaySocket): Queue {
    const known = this.#queues.get(socket);
    if (known !== undefined) return known;
    const queue = new Queue();
    this.#queues.set(socket, queue);
    return queue;
  }
}

/**
 * The platform counts the bytes that have not left, but not the messages. Messages that may not have left are counted from a
 * mark, which moves on to the next one once everything before that has left.
 */
class Queue {
  #bytes = 0;
  #messages = 0;
  #next = 0;
  #sinceNext = 0;

  grow(length: number, buffered: number): void {
    this.#bytes += length;
    this.#messages += 1;
    this.#sinceNext += 1;
    if (this.#bytes - buffered < this.#next) return;
    this.#messages = this.#sinceNext;
    this.#sinceNext = 0;
    this.#next = this.#bytes;
  }

  cost(buffered: number): number {
    return buffered === 0 ? 0 : buffered + this.#messages * MESSAGE_COST;
  }
}

/** RFC 4254 §5: the local channel numbers of a connection, for open channels and for those being opened. */
import type { Channel } from './channel.js';

/**
 * `Opening` is what is known of a channel before it is open. Uses arrays because many idle connections have no channel,
 * and an empty map takes six times the memory.
 */
export class ChannelTable<Opening extends { readonly window: number }> {
  /** By local id. The lowest free id is assigned, so that both arrays stay short. */
  readonly #open: (Channel | undefined)[] = [];
  readonly #opening: (Opening | undefined)[] = [];

  get open(): readonly Channel[] {
    return this.#open.filter((channel) => channel !== undefined);
  }

  get isEmpty(): boolean {
    return this.#open.every((channel) => channel === undefined);
  }

  get isOpening(): boolean {
    return this.#opening.some((opening) => opening !== undefined);
  }

  /** Bytes that the peer may still send, for windows it has been granted or is about to be. */
  get credit(): number {
    let credit = 0;
    for (const opening of this.#opening) credit += opening?.window ?? 0;
    for (const channel of this.#open) credit += channel?.credit ?? 0;
    return credit;
  }

  /** Whether `limit` numbers are in use. */
  isFull(limit: number): boolean {
    return this.#freeId() >= limit;
  }

  get(localId: number): Channel | undefined {
    return this.#open[localId];
  }

  set(channel: Channel): void {
    this.#open[channel.localId] = channel;
  }

  delete({ localId }: Channel): void {
    this.#open[localId] = undefined;
  }

  /** Assigns an id. */
  begin(opening: Opening): number {
    const localId = this.#freeId();
    this.#opening[localId] = opening;
    return localId;
  }

  opening(localId: number): Opening | undefined {
    return this.#opening[localId];
  }

  /** Frees the id. @returns false if `opening` no longer holds it. */
  end(localId: number, opening: Opening): boolean {
    if (this.#opening[localId] !== opening) return false;
    this.#opening[localId] = undefined;
    return true;
  }

  /** Frees the ids of all channels not open yet. */
  endAll(): readonly Opening[] {
    return this.#opening.splice(0).filter((opening) => opening !== undefined);
  }

  #freeId(): number {
    let id = 0;
    while (this.#open[id] !== undefined || this.#opening[id] !== undefined) id += 1;
    return id;
  }
}

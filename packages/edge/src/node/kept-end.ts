/** The end of a stream: told to the receiver once, and kept for it while it is not there yet. */
import type { LinkReceiver } from '@nacre/core';

export class KeptEnd {
  #receiver: LinkReceiver | undefined;
  #end: { readonly error: unknown } | undefined;

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Whoever comes late learns at once. */
  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#end !== undefined) receiver.end(this.#end.error);
  }

  /** The first end counts: streams tell of one in several events. */
  tell(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#receiver?.end(error);
  }
}

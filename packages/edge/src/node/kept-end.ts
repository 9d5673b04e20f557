/** The end of a stream: reported to the receiver once, and kept until there is one. */
import type { LinkReceiver } from '@nacre/core';

export class KeptEnd {
  #receiver: LinkReceiver | undefined;
  #end: { readonly error: unknown } | undefined;

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Reports at once if the stream has already ended. */
  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#end !== undefined) receiver.end(this.#end.error);
  }

  /** Only the first call counts: streams report one end in several events. */
  tell(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#receiver?.end(error);
  }
}

/** What a runtime adds to its WebCrypto. */
import type { Release } from '../provider.js';

/** Told how many bytes were encrypted. Settles when the thread has done what else it has to do; undefined if that can wait. */
export type Pace = (length: number) => Promise<void> | undefined;

export interface BatchingOptions {
  /** Frees a buffer at once, if the runtime can: sealed bytes once they have been copied to their place, and opened ones. */
  readonly release?: Release | undefined;
  /** For a runtime that seals on the thread that asks: packets are then sealed in turn, at this pace. */
  readonly pace?: Pace | undefined;
}

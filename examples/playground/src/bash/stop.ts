/**
 * Ends a script early: because its caller stops it, because of `die`, or because it lets nothing else run. Most scripts pause
 * (`streams.ts`), but not in `eval`, where everyone else would wait.
 */
import type { SignalName } from '@nacre/core';

/** In ms: when this timer fires, others have had their turn. */
const HEARTBEAT = 50;
/** The most steps without a turn for others: some runtimes' clocks stand still while a script runs. */
const MAXIMUM_STEPS = 30_000;
/**
 * After so many ms without a turn for others, a script has `FEW_STEPS` left. One that pauses does so within them, even if the
 * machine has stood still.
 */
const LONGEST_RUN = 250;
const FEW_STEPS = 100;

export class Stop {
  /** The signal that `die` named. */
  death: SignalName | undefined;
  /** Whether it let nothing else run. */
  isOverdue = false;
  readonly #controller = new AbortController();
  readonly #cause: AbortSignal;
  readonly #abort = (): void => this.#controller.abort();
  readonly #timer = setInterval(() => this.#turn(), HEARTBEAT);
  #steps = 0;
  /** Those of them that were taken after `LONGEST_RUN`. */
  #lateSteps = 0;
  #lastTurn = performance.now();

  /** Follows `cause`, until `release`. */
  constructor(cause: AbortSignal) {
    this.#cause = cause;
    cause.addEventListener('abort', this.#abort, { once: true });
    if (cause.aborted) this.#abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  die(signal: SignalName): void {
    this.death ??= signal;
    this.#abort();
  }

  /** The script has taken a step. */
  step(): void {
    this.#steps += 1;
    if (performance.now() - this.#lastTurn >= LONGEST_RUN) this.#lateSteps += 1;
    if (this.signal.aborted || (this.#steps < MAXIMUM_STEPS && this.#lateSteps < FEW_STEPS)) return;
    this.isOverdue = true;
    this.#abort();
  }

  release(): void {
    clearInterval(this.#timer);
    this.#cause.removeEventListener('abort', this.#abort);
  }

  #turn(): void {
    this.#steps = 0;
    this.#lateSteps = 0;
    this.#lastTurn = performance.now();
  }
}

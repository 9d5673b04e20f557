/** What servers and clients under test share: how steps reach them, and what they must never do. */
import type { Engine } from '../../packages/core/src/engine/engine.js';
import { SshError } from '../../packages/core/src/errors.js';
import { ManualClock } from '../../packages/core/src/testing/manual-clock.js';
import type { Step } from './steps.js';
import { frame, FuzzStream } from './stream.js';
import { Finding, undocumented } from './target.js';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a connection may hold of output (while the peer reads nothing) and of input (while an answer is pending), in bytes. */
const MAXIMUM_OUTGOING = 1024 * 1024;
const MAXIMUM_WAITING = 1024 * 1024 + 64 * 1024;
/** A link that stays paused for this many turns is left alone. */
const PATIENCE = 4;
/** Bounds on all floods of one input: messages, so that the time it takes is bounded, and the bytes of one flood. */
const MAXIMUM_REPEATS = 512;
const MAXIMUM_FLOOD = 2 * 1024 * 1024;
const MAXIMUM_WAIT = 2 ** 31;

/** How long a refusal takes, in ms: such waits pass by themselves, in the order of what they belong to. */
const BRIEF = 20;

class FuzzClock extends ManualClock {
  /** Inputs do the same on every day. */
  date(): number {
    return this.now();
  }

  override schedule(callback: () => void, milliseconds: number): () => void {
    if (milliseconds > BRIEF) return super.schedule(callback, milliseconds);
    let isCancelled = false;
    queueMicrotask(() => {
      if (!isCancelled) callback();
    });
    return () => {
      isCancelled = true;
    };
  }
}

export abstract class Subject {
  readonly clock = new FuzzClock();
  stream = new FuzzStream();
  #finding: Finding | undefined;
  #chunk = 0;
  #repeatsLeft = MAXIMUM_REPEATS;
  #last: Uint8Array = new Uint8Array(0);

  /** The engine under test, once there is one. */
  protected abstract get engine(): Engine | undefined;
  /** Something that the application does, or that happens to the stream. */
  protected abstract act(value: number): void | Promise<void>;

  /** Remembers the first thing that must not happen. */
  protected report(kind: string, message: string): void {
    this.#finding ??= new Finding(kind, message);
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.stream.isDestroyed) break;
      await this.#step(step);
      await turn();
      this.check();
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'message':
        this.#last = frame(step.bytes);
        return this.#deliver(this.#last);
      case 'raw':
        return this.#deliver(step.bytes);
      case 'wait':
        return this.clock.advance(Math.min(step.value, MAXIMUM_WAIT));
      case 'repeat':
        return this.#repeat(step.value);
      case 'chunk':
        this.#chunk = step.value % 4096;
        return;
      case 'act':
        return this.act(step.value);
    }
  }

  async #repeat(count: number): Promise<void> {
    const most = Math.floor(MAXIMUM_FLOOD / Math.max(1, this.#last.length));
    for (let times = Math.min(count, most); times > 0 && this.#repeatsLeft > 0; times -= 1) {
      this.#repeatsLeft -= 1;
      await this.#deliver(this.#last);
    }
  }

  async #deliver(bytes: Uint8Array): Promise<void> {
    for (let round = 0; this.stream.isPaused && round < PATIENCE; round += 1) await turn();
    // Cutting large inputs into small pieces would only take time.
    this.stream.deliver(bytes, bytes.length > 2048 && this.#chunk < 64 ? 0 : this.#chunk);
  }

  /** @throws Finding */
  check(): void {
    const { outgoing: { length: outgoingLength } = { length: 0 }, waiting = 0 } = this.engine?.transport ?? {};
    if (outgoingLength > MAXIMUM_OUTGOING)
      this.report('output without bound', `${outgoingLength} bytes wait to be sent`);
    if (waiting > MAXIMUM_WAITING) this.report('input without bound', `${waiting} bytes wait to be read`);
    const finding = this.#finding ?? this.stream.finding;
    if (finding !== undefined) throw finding;
  }

  /** Whatever ended a connection, or a promise of the application's, has to be of the documented kind. */
  protected judge(what: string, error: unknown): void {
    if (error === undefined || error instanceof SshError) return;
    this.#finding ??= undocumented(what, error);
  }
}

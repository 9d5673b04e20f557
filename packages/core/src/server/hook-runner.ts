/** Runs the hooks of one connection: one after another, within a time, and none of them does any harm. */
import type { Awaitable } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import { ConfigurationError, SshError, TimeoutError } from '../errors.js';
import type { HookResult, Hooks } from './hooks.js';
import type { LogRecord } from './log/log.js';
import { reject, type Accept, type Reject } from './verdict.js';

/** Whom to tell of hooks that refuse or fail. */
export interface Reporter {
  log(priority: number, category: LogRecord['category'], message: string, fields: LogRecord['fields']): void;
}

type HookName = keyof Hooks | 'motd';

/** What these give is in use for as long as what it serves. */
const LASTING: ReadonlySet<HookName> = new Set(['channel', 'command', 'forward']);

export class HookRunner {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #reporter: Reporter;
  /** The hook before, while it runs. */
  #last: Promise<void> | undefined;

  /** `timeout` is in ms. */
  constructor(clock: Clock, timeout: number, reporter: Reporter) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#reporter = reporter;
  }

  /**
   * Asks a hook once those before it are through; `take` makes something of its answer, which is disposed of then where it can
   * be. A hook that throws has refused, and so has one that takes too long where `isTimed`: before authentication the login
   * grace ends the wait, and with it the connection. @throws what `take` throws.
   */
  async ask<T, R>(
    name: HookName,
    hook: (() => HookResult<T>) | undefined,
    take: (answer: T | Reject | undefined) => Awaitable<R>,
    isTimed = true,
  ): Promise<R> {
    if (hook === undefined) return take(undefined);
    const before = this.#last;
    let done: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#last = running;
    await before;
    const answer = await this.#call(name, hook, isTimed);
    done();
    if (this.#last === running) this.#last = undefined;
    try {
      return await take(answer);
    } finally {
      if (!LASTING.has(name)) this.#dispose(name, answer);
    }
  }

  async #call<T>(name: HookName, hook: () => HookResult<T>, isTimed: boolean): Promise<T | Reject | undefined> {
    try {
      const running = hook();
      const answer = (await (isTimed ? this.#within(name, running) : running)) as T | Reject | undefined;
      // Security: `false` reads like a no, and must not pass for no opinion.
      if (typeof answer === 'boolean')
        throw new ConfigurationError(`it gave ${answer}: give accept, reject(reason), or nothing for no opinion`);
      if (isRejected(answer)) this.#reporter.log(6, 'server', 'a hook refused', { hook: name, reason: answer.reason });
      return answer;
    } catch (error) {
      // A client that leaves a dialogue makes its hook fail too: that is no news.
      const priority = error instanceof SshError && error.fault === 'remote' ? 6 : 4;
      const words = wordsOf(error);
      this.#reporter.log(priority, 'server', 'a hook failed', { hook: name, error: words });
      return reject(words);
    }
  }

  async #within<T>(name: HookName, running: Awaitable<T>): Promise<T> {
    let cancel: (() => void) | undefined;
    const expired = new Promise<'expired'>((resolve) => {
      cancel = this.#clock.schedule(() => resolve('expired'), this.#timeout);
    });
    const answer = await Promise.race([Promise.resolve(running).finally(() => cancel?.()), expired]);
    if (answer !== 'expired') return answer as T;
    // What comes of it later is let go.
    void Promise.resolve(running).then(
      (late) => this.#dispose(name, late),
      () => undefined,
    );
    throw new TimeoutError('it took too long');
  }

  #dispose(name: HookName, answer: unknown): void {
    try {
      (answer as Disposable | null | undefined)?.[Symbol.dispose]?.();
    } catch (error) {
      this.#reporter.log(4, 'server', 'what a hook gave could not be disposed of', {
        hook: name,
        error: wordsOf(error),
      });
    }
  }
}

/** Anything can be thrown, also what has no words for itself. */
function wordsOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Where nothing said means yes. Security: a text or a number is no yes, whatever it says. */
export function isGranted(answer: unknown): boolean {
  return answer === undefined || answer === null || (answer as Accept).verdict === 'accept';
}

/** Whether a hook refused, by an answer or by throwing. */
export function isRejected(answer: unknown): answer is Reject {
  return (answer as Reject | null | undefined)?.verdict === 'reject';
}

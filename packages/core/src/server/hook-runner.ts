/** Runs the hooks of one connection: one at a time, within a time limit, and shielded so that none can do harm. */
import type { Awaitable } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import { ConfigurationError, ConnectionClosedError, SshError } from '../errors.js';
import { showThrown } from '../wire/printable.js';
import type { HookResult, Hooks } from './hooks.js';
import type { LogRecord } from './log/log.js';
import { reject, type Accept, type Reject } from './verdict.js';
import { within } from './within.js';

/** Told about hooks that refuse or fail. */
export interface Reporter {
  log(priority: number, category: LogRecord['category'], message: string, fields: LogRecord['fields']): void;
}

type HookName = keyof Hooks | 'motd';

/** Hooks whose answer stays in use as long as what it serves. */
const LASTING: ReadonlySet<HookName> = new Set(['channel', 'command', 'forward']);

/** Hooks whose answer is checked where it is used: accounts, hashes, keys, names, a text. Others give a verdict or an object. */
const GIVING: ReadonlySet<HookName> = new Set([
  'username',
  'account',
  'passwordHash',
  'authorizedKeys',
  'methods',
  'motd',
]);

export class HookRunner {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #reporter: Reporter;
  /** The previous hook, while it runs. */
  #last: Promise<void> | undefined;
  /** Ends the wait for the running hook. */
  #giveUp: ((why: Error) => void) | undefined;
  #isClosed = false;

  /** `timeout` is in ms. */
  constructor(clock: Clock, timeout: number, reporter: Reporter) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#reporter = reporter;
  }

  /**
   * Asks a hook once the earlier ones are done. `take` turns its answer into a result; the answer is then disposed of
   * if it is disposable. A hook that throws counts as refusing, and so does one that takes too long if `isTimed`:
   * before authentication the login grace ends the wait, and with it the connection. @throws what `take` throws.
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

  /** The connection is over: hooks are neither awaited nor asked any more. */
  close(): void {
    this.#isClosed = true;
    this.#giveUp?.(new ConnectionClosedError('the connection is over'));
  }

  async #call<T>(name: HookName, hook: () => HookResult<T>, isTimed: boolean): Promise<T | Reject | undefined> {
    try {
      if (this.#isClosed) throw new ConnectionClosedError('the connection is over');
      const running = hook();
      const answer = (await (isTimed ? this.#within(name, running) : running)) as T | Reject | undefined;
      checkKind(name, answer);
      if (isRejected(answer)) this.#reporter.log(6, 'server', 'a hook refused', { hook: name, reason: answer.reason });
      return answer;
    } catch (error) {
      // A hook that fails because its client left, or left a dialogue, is nothing unusual.
      const isLeft = error instanceof ConnectionClosedError || (error instanceof SshError && error.fault === 'remote');
      const priority = isLeft ? 6 : 4;
      const words = showThrown(error);
      this.#reporter.log(priority, 'server', 'a hook failed', { hook: name, error: words });
      return reject(words);
    }
  }

  async #within<T>(name: HookName, running: Awaitable<T>): Promise<T> {
    const settled = Promise.resolve(running);
    const over = new Promise<never>((_resolve, reject) => {
      this.#giveUp = reject;
    });
    try {
      return await within(this.#clock, this.#timeout, Promise.race([settled, over]));
    } catch (error) {
      // A late result is disposed of.
      settled.then(
        (late) => this.#dispose(name, late),
        () => undefined,
      );
      throw error;
    } finally {
      this.#giveUp = undefined;
    }
  }

  /** Failures, immediate or later, only produce a line in the log. */
  #dispose(name: HookName, answer: unknown): void {
    const report = (error: unknown): void =>
      this.#reporter.log(4, 'server', 'what a hook gave could not be disposed of', {
        hook: name,
        error: showThrown(error),
      });
    try {
      const held = answer as Partial<Disposable & AsyncDisposable> | null | undefined;
      const dispose = held?.[Symbol.dispose] ?? held?.[Symbol.asyncDispose];
      if (dispose !== undefined) Promise.resolve(dispose.call(held)).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

/** Security: `false` and `'deny'` read like a refusal, and must not count as no opinion. @throws ConfigurationError. */
function checkKind(name: HookName, answer: unknown): void {
  const kind = typeof answer;
  const isVerdict = kind !== 'boolean' && (GIVING.has(name) || (kind !== 'string' && kind !== 'number'));
  if (isVerdict || (kind === 'number' && name === 'command')) return;
  throw new ConfigurationError(`it gave a ${kind}: give accept, reject(reason), or nothing for no opinion`);
}

/** For hooks whose silence means yes. Security: a string or a number is never a yes, whatever it says. */
export function isGranted(answer: unknown): boolean {
  return answer === undefined || answer === null || (answer as Accept).verdict === 'accept';
}

/** Whether a hook refused, by an answer or by throwing. */
export function isRejected(answer: unknown): answer is Reject {
  return (answer as Reject | null | undefined)?.verdict === 'reject';
}

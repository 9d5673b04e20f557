/** Runs the hooks of one connection: one after another, within a time, and none of them does any harm. */
import type { Awaitable } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import { ConfigurationError, ConnectionClosedError, SshError, TimeoutError } from '../errors.js';
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

/** What these give is judged where it is used: accounts, hashes, keys, names, a text. The others give a verdict, or an object. */
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
  /** The hook before, while it runs. */
  #last: Promise<void> | undefined;
  /** Ends the wait for the one that runs. */
  #giveUp: ((why: Error) => void) | undefined;
  #isClosed = false;

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

  /** The connection is over: no hook is waited for any more, and none is asked. */
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
      // A client that leaves, or leaves a dialogue, makes its hook fail too: that is no news.
      const isLeft = error instanceof ConnectionClosedError || (error instanceof SshError && error.fault === 'remote');
      const priority = isLeft ? 6 : 4;
      const words = wordsOf(error);
      this.#reporter.log(priority, 'server', 'a hook failed', { hook: name, error: words });
      return reject(words);
    }
  }

  async #within<T>(name: HookName, running: Awaitable<T>): Promise<T> {
    const settled = Promise.resolve(running);
    let fail: (why: Error) => void = () => undefined;
    const over = new Promise<never>((_resolve, refuse) => {
      fail = refuse;
    });
    const giveUp = (why: Error): void => {
      fail(why);
      // What comes of it later is let go.
      settled.then(
        (late) => this.#dispose(name, late),
        () => undefined,
      );
    };
    this.#giveUp = giveUp;
    const cancel = this.#clock.schedule(() => giveUp(new TimeoutError('it took too long')), this.#timeout);
    try {
      return await Promise.race([settled, over]);
    } finally {
      cancel();
      this.#giveUp = undefined;
    }
  }

  /** What fails at that, now or later, is a line in the log. */
  #dispose(name: HookName, answer: unknown): void {
    const report = (error: unknown): void =>
      this.#reporter.log(4, 'server', 'what a hook gave could not be disposed of', {
        hook: name,
        error: wordsOf(error),
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

/** Security: `false` and `'deny'` read like a no, and must not pass for no opinion. @throws ConfigurationError. */
function checkKind(name: HookName, answer: unknown): void {
  const kind = typeof answer;
  const isVerdict = kind !== 'boolean' && (GIVING.has(name) || (kind !== 'string' && kind !== 'number'));
  if (isVerdict || (kind === 'number' && name === 'command')) return;
  throw new ConfigurationError(`it gave a ${kind}: give accept, reject(reason), or nothing for no opinion`);
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

/** The client's side of SSH Relay v4: dials again when a link is gone, until the session ends or it takes too long. */
import { BridgeError } from '../bridge-error.js';
import { RefusedUpgrade } from '../dial-failure.js';
import { EXIT } from '../exit-codes.js';
import { noLog, type Log } from '../log.js';
import type { ByteStream, LinkEnd } from '../pump.js';
import type { Link } from '../websocket/link.js';
import { retryDelay } from './backoff.js';
import { systemSchedule, type Schedule } from './clock.js';
import { ResumableSession } from './session.js';

export interface ResumeOptions {
  /** Opens the next link, paused; `received` is how many bytes we have. Rejects when it cannot. */
  readonly redial: (sid: string, received: number) => Promise<Link>;
  /** How long a session is tried to be saved after each loss, in ms. */
  readonly retryFor?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is given what need not wait any longer when somebody says so; returns how to take it back. */
  readonly onWait?: ((goOn: () => void) => () => void) | undefined;
  readonly log?: Log | undefined;
  readonly schedule?: Schedule | undefined;
  readonly random?: (() => number) | undefined;
  /** A clock in ms; only differences count. */
  readonly now?: (() => number) | undefined;
  readonly replayLimit?: number | undefined;
}

/** As long as our own server keeps a session. */
const RETRY_FOR = 300_000;
/** When our input is over nobody is there who would wait longer for the rest to arrive, in ms. */
const RETRY_ENDING_FOR = 10_000;
/** A link over which nothing came was of use all the same if it lasted so long, in ms. */
const LASTING = 5_000;

/** Carries `stream` over `first`, given paused, and over the links that follow it. Never rejects. */
export function carryResumable(first: Link, stream: ByteStream, options: ResumeOptions): Promise<LinkEnd> {
  const { log = noLog, schedule = systemSchedule, signal } = options;
  const retries = new Retries(options);
  let sid: string | undefined;
  const session = new ResumableSession(stream, {
    schedule,
    replayLimit: options.replayLimit,
    onSid: (text) => (sid = text),
    onLost(code, reason) {
      if (sid === undefined || signal?.aborted === true) {
        session.fail(brokenLink(code, reason));
        return;
      }
      log('warn', 'link-lost', `the link broke (close code ${code}); dialling again`, { code });
      retries.begin(options.retryFor ?? RETRY_FOR, session.progress);
      retry(sid);
    },
  });
  const retry = (known: string): void => {
    const delay = retries.next(session.isEnding);
    if (delay === undefined) {
      session.fail(unreachable());
      return;
    }
    const goOn = (): void => {
      cancel();
      takeBack?.();
      void dialAgain(known);
    };
    const takeBack = options.onWait?.(goOn);
    const cancel = schedule(delay, goOn);
  };
  const dialAgain = async (known: string): Promise<void> => {
    if (session.isEnded) return;
    try {
      const link = await options.redial(known, session.received);
      if (session.isEnded) link.terminate();
      else {
        log('info', 'link-resumed', 'the session goes on over a new link');
        retries.succeed();
        session.attach(link, { expects: 'RECONNECT_SUCCESS' });
      }
    } catch (error) {
      if (session.isEnded) return;
      if (isFinal(error)) session.fail(error);
      else retry(known);
    }
  };
  const onAbort = (): void => session.fail(new Error('stopped'));
  signal?.addEventListener('abort', onAbort, { once: true });
  session.attach(first, { expects: 'CONNECT_SUCCESS' });
  return session.ended.finally(() => signal?.removeEventListener('abort', onAbort));
}

/** When to dial again, and when no more. */
class Retries {
  readonly #now: () => number;
  readonly #random: () => number;
  #attempt = 0;
  #deadline = 0;
  #progress = -1;
  #since = 0;
  /** Until when what was said last may arrive, from when our input was seen to be over. */
  #endingBy: number | undefined;

  constructor({ now = () => performance.now(), random = Math.random }: ResumeOptions) {
    this.#now = now;
    this.#random = random;
  }

  /** A link is lost. One that was of no use is one more attempt that failed: else who cuts each link is dialled for ever. */
  begin(duration: number, progress: number): void {
    const now = this.#now();
    const wasOfUse = progress > this.#progress || now - this.#since >= LASTING;
    this.#progress = progress;
    if (!wasOfUse) return;
    this.#attempt = 0;
    this.#deadline = now + duration;
    this.#endingBy = undefined;
  }

  /** There is a link again. */
  succeed(): void {
    this.#since = this.#now();
  }

  /** The wait before the next attempt, in ms; undefined when it would come too late. */
  next(isEnding: boolean): number | undefined {
    if (isEnding) {
      this.#endingBy ??= this.#now() + RETRY_ENDING_FOR;
      this.#deadline = Math.min(this.#deadline, this.#endingBy);
    }
    const delay = retryDelay(this.#attempt, this.#random());
    this.#attempt += 1;
    return this.#now() + delay > this.#deadline ? undefined : delay;
  }
}

/** What a server, or a proxy before it, answers while it cannot say more: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);

/** A server that answers and refuses has forgotten the session, or does not let us in any more. */
function isFinal(error: unknown): error is RefusedUpgrade {
  return error instanceof RefusedUpgrade && error.status < 500 && !PASSING_STATUS.has(error.status);
}

function brokenLink(code: number, reason: string): BridgeError {
  const said = reason === '' ? '' : `: ${reason}`;
  return new BridgeError('link', EXIT.unavailable, `it broke with close code ${code}${said}`, 'connect again');
}

function unreachable(): BridgeError {
  return new BridgeError('link', EXIT.unavailable, 'the server was away for too long', 'connect again');
}

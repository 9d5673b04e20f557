/** The client's side of SSH Relay v4: dials again when a link is lost, until the session ends or it takes too long. */
import { retryDelay } from './backoff.js';
import { systemSchedule, type Schedule } from './clock.js';
import type { MessageLink, SessionStream } from './ends.js';
import { ResumableSession } from './session.js';

export interface ResumeOptions {
  /** Opens the next link, paused; `received` is how many bytes we have. Rejects if that fails. */
  readonly redial: (sid: string, received: number) => Promise<MessageLink>;
  /** Whether no further attempt can succeed after this error; the session then ends with it. Default: no error is final. */
  readonly isFinal?: ((error: unknown) => error is Error) | undefined;
  /** How long to try to resume after each loss, in ms. */
  readonly retryFor?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for each wait, with a function that ends it at once; returns a function that unregisters it. */
  readonly onWait?: ((goOn: () => void) => () => void) | undefined;
  /** Called when a link broke and the session will go on over another. */
  readonly onLost?: ((code: number) => void) | undefined;
  readonly onResumed?: (() => void) | undefined;
  readonly schedule?: Schedule | undefined;
  readonly random?: (() => number) | undefined;
  /** A clock in ms; only differences count. */
  readonly now?: (() => number) | undefined;
  readonly replayLimit?: number | undefined;
  readonly silence?: number | undefined;
}

/** As long as our own server keeps a session. */
const RETRY_FOR = 300_000;
/** Once our input is over, nobody is left to wait longer than this for the rest to arrive, in ms. */
const RETRY_ENDING_FOR = 10_000;
/** A link without progress still counts as useful if it lasted this long, in ms. */
const LASTING = 5_000;

/** A session that carries `stream` over `first`, given paused, and over the links that follow it. */
export function openResumable(first: MessageLink, stream: SessionStream, options: ResumeOptions): ResumableSession {
  const { schedule = systemSchedule, signal, isFinal } = options;
  const retries = new Retries(options);
  let sid: string | undefined;
  let stopWaiting: (() => void) | undefined;
  const session = new ResumableSession(stream, {
    schedule,
    replayLimit: options.replayLimit,
    silence: options.silence,
    onSid: (text) => (sid = text),
    onLost(code, reason) {
      if (sid === undefined || signal?.aborted === true) {
        session.fail(brokenLink(code, reason));
        return;
      }
      options.onLost?.(code);
      retries.begin(options.retryFor ?? RETRY_FOR, session.progress);
      retry(sid);
    },
  });
  const retry = (known: string): void => {
    const delay = retries.next(session.isEnding);
    if (delay === undefined) {
      session.fail(new Error('the server was away for too long'));
      return;
    }
    stopWaiting = wait(delay, options, () => void dialAgain(known));
  };
  const dialAgain = async (known: string): Promise<void> => {
    if (session.isEnded) return;
    try {
      const link = await options.redial(known, session.received);
      if (session.isEnded) link.terminate();
      else {
        options.onResumed?.();
        retries.succeed();
        session.attach(link, { expects: 'RECONNECT_SUCCESS' });
      }
    } catch (error) {
      if (session.isEnded) return;
      if (isFinal?.(error) === true) session.fail(error);
      else retry(known);
    }
  };
  const onAbort = (): void => session.fail(new Error('stopped'));
  signal?.addEventListener('abort', onAbort, { once: true });
  void session.ended.then(() => {
    signal?.removeEventListener('abort', onAbort);
    stopWaiting?.();
  });
  session.attach(first, { expects: 'CONNECT_SUCCESS' });
  return session;
}

/** Calls back after `delay` ms, or as soon as the application says so. @returns a function that ends the wait. */
function wait(delay: number, { schedule = systemSchedule, onWait }: ResumeOptions, callBack: () => void): () => void {
  const goOn = (): void => {
    stop();
    callBack();
  };
  const takeBack = onWait?.(goOn);
  const cancel = schedule(delay, goOn);
  const stop = (): void => {
    cancel();
    takeBack?.();
  };
  return stop;
}

/** When to dial again, and when to give up. */
class Retries {
  readonly #now: () => number;
  readonly #random: () => number;
  #attempt = 0;
  #deadline = 0;
  #progress = -1;
  #since = 0;
  /** The deadline for the last bytes, set when our input is first seen to be over. */
  #endingBy: number | undefined;

  constructor({ now = () => performance.now(), random = Math.random }: ResumeOptions) {
    this.#now = now;
    this.#random = random;
  }

  /** A link is lost. A useless one counts as a failed attempt, or a peer that cuts every link would be dialled forever. */
  begin(duration: number, progress: number): void {
    const now = this.#now();
    const wasOfUse = progress > this.#progress || now - this.#since >= LASTING;
    this.#progress = progress;
    if (!wasOfUse) return;
    this.#attempt = 0;
    this.#deadline = now + duration;
    this.#endingBy = undefined;
  }

  /** A new link is open. */
  succeed(): void {
    this.#since = this.#now();
  }

  /** The wait before the next attempt, in ms; undefined if that would come too late. */
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

function brokenLink(code: number, reason: string): Error {
  return new Error(`it broke with close code ${code}${reason === '' ? '' : `: ${reason}`}`);
}

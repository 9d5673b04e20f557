/** The application's say in a server: hooks, their results, and what they are told. */
import type { SecurityKeyAssertion } from './algorithms/algorithm.js';
import type { Awaitable } from './crypto/provider.js';
import { ConfigurationError } from './errors.js';
import type { PublicKey } from './keys/index.js';
import type { LogRecord } from './log.js';
import type { ServerConnection } from './server-connection.js';
import type { Session, SessionHandler } from './session.js';
import type { Ask, OfferedKey } from './userauth/decision.js';

/** What a hook may return besides nothing, which means: no opinion, the default applies. */
export type Verdict =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'reject'; readonly reason: string }
  | { readonly verdict: 'partial'; readonly methods: readonly string[] }
  | { readonly verdict: 'change'; readonly prompt: string };

/** Yes. */
export const accept: Verdict = { verdict: 'accept' };

/** No; `reason` goes to the log, never to the peer. */
export function reject(reason: string): Verdict {
  return { verdict: 'reject', reason };
}

/** RFC 4252 §5.1: that was right, and one of `methods` is needed besides. */
export function partial(methods: readonly string[]): Verdict {
  return { verdict: 'partial', methods };
}

/** RFC 4252 §8: right or not, this password must be changed first. */
export function changeRequired(prompt: string): Verdict {
  return { verdict: 'change', prompt };
}

/** A hook's result: a value, nothing, or a promise of either. A hook that throws has refused. */
export type HookResult<T> = Awaitable<T | undefined | void>;

export interface Attempt {
  readonly user: string;
  /** The service asked for, `ssh-connection`. */
  readonly service: string;
  readonly method: string;
  /** Failed requests on this connection so far. */
  readonly failures: number;
  readonly connection: ServerConnection;
  /**
   * For `authorizedKeys` the key that is held up. For `authenticated`, after publickey, the one whose signature was verified,
   * with what a security key vouches for: that somebody touched it has been seen to, the rest is the hook's to judge.
   */
  readonly key?: OfferedKey & { readonly fingerprint: string; readonly assertion?: SecurityKeyAssertion };
}

export interface Hooks {
  /** Before any byte is exchanged. Refused: the stream is closed without an identification. */
  connection?(connection: ServerConnection): HookResult<Verdict>;
  /** Names of the methods to offer now; by default those that have a hook. */
  methods?(attempt: Attempt): HookResult<readonly string[]>;
  none?(attempt: Attempt): HookResult<Verdict>;
  /** `newPassword` is set where the client answers a request to change it. */
  password?(attempt: Attempt, password: string, newPassword?: string): HookResult<Verdict>;
  /** authorized_keys text, parsed keys, or `accept` for exactly the key in `attempt.key`. */
  authorizedKeys?(attempt: Attempt): HookResult<Verdict | string | readonly PublicKey[]>;
  keyboardInteractive?(attempt: Attempt, ask: Ask): HookResult<Verdict>;
  /** After every success: `accept`, or `partial` where more is needed. */
  authenticated?(attempt: Attempt): HookResult<Verdict>;
  /** Shell, exec or subsystem is asked for: a handler for it, or an exit status where it has been dealt with. */
  command?(session: Session): HookResult<SessionHandler | number | Verdict>;
  /** Synchronous, never awaited. */
  log?(record: LogRecord): void;
}

const HOOK_NAMES: Readonly<Record<keyof Hooks, true>> = {
  connection: true,
  methods: true,
  none: true,
  password: true,
  authorizedKeys: true,
  keyboardInteractive: true,
  authenticated: true,
  command: true,
  log: true,
};

/** @throws ConfigurationError for a hook that does not exist or is no function. */
export function checkHooks(hooks: Hooks): void {
  for (const [name, hook] of Object.entries(hooks)) {
    if (!(name in HOOK_NAMES))
      throw new ConfigurationError(`there is no hook "${name}"; there are ${Object.keys(HOOK_NAMES).join(', ')}`);
    if (hook !== undefined && typeof hook !== 'function')
      throw new ConfigurationError(`the hook "${name}" must be a function, not ${typeof hook}`);
  }
}

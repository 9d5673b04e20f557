/** What an application decides about a client that wants in, and what it is told. */
import type { SecurityKeyAssertion } from '../algorithms/algorithm.js';
import type { Awaitable } from '../crypto/provider.js';
import type { KeyTerms } from '../keys/authorize.js';
import type { Restrictions } from '../keys/restrictions.js';

/**
 * The outcome of one request: in, not in, or a part of what is required (RFC 4252 §5.1) with the methods that remain.
 * `change` asks for another password (RFC 4252 §8).
 */
export type Decision =
  /** `user` is the name from here on, where it is another than was asked for. */
  | { readonly outcome: 'accept'; readonly user?: string }
  | { readonly outcome: 'refuse' }
  | { readonly outcome: 'partial'; readonly methods: readonly string[] }
  | { readonly outcome: 'change'; readonly prompt: string };

/** A public key that a client holds up. In phase `query` it has proven nothing yet. */
export interface OfferedKey {
  readonly algorithm: string;
  /** The public key blob. */
  readonly blob: Uint8Array;
  readonly phase: 'query' | 'signature';
}

/** A key whose signature over the request was verified. */
export interface ProvenKey {
  readonly algorithm: string;
  readonly blob: Uint8Array;
  /** The certificate for it, as a blob, where one was held up. */
  readonly certificate?: Uint8Array;
  /** Where a security key signed: what it vouches for. */
  readonly assertion: SecurityKeyAssertion | undefined;
  /** What it, and nothing else, leaves its holder to do. */
  readonly restrictions: Restrictions | undefined;
}

/** RFC 4252 §9: where a client says that its user comes from, in the words of that host. */
export interface HostClaim {
  /** The name of the client's host; nothing but the key proves it. */
  readonly host: string;
  /** The user's name there. */
  readonly user: string;
}

export interface UserauthAttempt {
  readonly user: string;
  /** The service asked for: `ssh-connection`. */
  readonly service: string;
  readonly method: string;
  /** Failed requests on this connection so far. */
  readonly failures: number;
  /** The methods that were parts of this login so far, in order. Security: a chain counts on these, not on where it begins. */
  readonly passed: readonly string[];
}

export interface Prompt {
  readonly prompt: string;
  /** False for secrets. */
  readonly echo: boolean;
}

/** RFC 4256 §3.2: one round of questions. Answers come in the order of the prompts. */
export interface Questions {
  readonly name?: string;
  readonly instruction?: string;
  readonly prompts: readonly Prompt[];
}

export type Ask = (questions: Questions) => Promise<readonly string[]>;

/**
 * The application's side of authentication: one question a method, and the last word in `conclude`. Any of these may
 * reject: that request is refused.
 */
export interface Authenticator {
  /** A request has come, or answers that belong to one: all of its time counts from here. @throws what ends the connection. */
  begin(attempt: UserauthAttempt): Awaitable<void>;
  /** Security: waits until the answer to a request that is not granted tells nothing by when it comes. */
  delay(attempt: UserauthAttempt): Awaitable<void>;
  /** Names of the methods to offer now. */
  methods(attempt: UserauthAttempt): Awaitable<readonly string[]>;
  none(attempt: UserauthAttempt): Awaitable<Decision>;
  password(attempt: UserauthAttempt, password: string, newPassword: string | undefined): Awaitable<Decision>;
  /**
   * Whether the key is one of the user's; asked for the query and again for the signature. Security: in neither phase has
   * the client proven that it holds the key, so nothing may follow from the question.
   */
  publicKey(attempt: UserauthAttempt, key: OfferedKey): Awaitable<Decision & { readonly terms?: KeyTerms }>;
  keyboardInteractive(attempt: UserauthAttempt, ask: Ask): Awaitable<Decision>;
  /** Whether the key is that host's, and its user may be this one. Security: as for `publicKey`, nothing is proven yet. */
  hostbased(attempt: UserauthAttempt, key: OfferedKey, claim: HostClaim): Awaitable<Decision>;
  /** The last word on a request that has been judged: `accept` means that what the method asks for is proven, by `key` if any. */
  conclude(attempt: UserauthAttempt, decision: Decision, key: ProvenKey | undefined): Awaitable<Decision>;
  /** The connection is over. */
  close(): void;
}

/** Who the peer proved to be. */
export interface Identity {
  readonly user: string;
  /** The method that completed authentication. */
  readonly method: string;
  /** The public key whose signature was verified, as a blob, where one was. */
  readonly publicKey: Uint8Array | undefined;
  /** The certificate for it, as a blob, where one was shown. */
  readonly certificate: Uint8Array | undefined;
  /** What the keys that were proven leave them to do; undefined where nothing is restricted. */
  readonly restrictions: Restrictions | undefined;
}

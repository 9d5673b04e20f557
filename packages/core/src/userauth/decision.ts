/** What an application decides about a client that wants to log in, and what it is told. */
import type { SecurityKeyAssertion } from '../algorithms/algorithm.js';
import type { Awaitable } from '../crypto/provider.js';
import type { KeyTerms } from '../keys/authorize.js';
import type { Restrictions } from '../keys/restrictions.js';

/**
 * The outcome of one request: accepted, refused, or partial success (RFC 4252 §5.1) with the methods that remain.
 * `change` asks for another password (RFC 4252 §8).
 */
export type Decision =
  /** `user` is the name from here on, if it differs from the requested one. */
  | { readonly outcome: 'accept'; readonly user?: string }
  | { readonly outcome: 'refuse' }
  | { readonly outcome: 'partial'; readonly methods: readonly string[] }
  | { readonly outcome: 'change'; readonly prompt: string };

/** A public key that a client offers. In phase `query` it has proven nothing yet. */
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
  /** Its certificate, as a blob, if one was presented. */
  readonly certificate?: Uint8Array;
  /** The assertion of a security key. */
  readonly assertion: SecurityKeyAssertion | undefined;
  /** What this key by itself allows its holder. */
  readonly restrictions: Restrictions | undefined;
}

/** RFC 4252 §9: the origin of the user according to the client, as vouched for by that host. */
export interface HostClaim {
  /** The name of the client's host; only the key proves it. */
  readonly host: string;
  /** The user's name there. */
  readonly user: string;
}

export interface UserauthAttempt {
  readonly user: string;
  /** The requested service: `ssh-connection`. */
  readonly service: string;
  readonly method: string;
  /** Failed requests on this connection so far. */
  readonly failures: number;
  /** The methods already completed in this login, in order. Security: a chain relies on these, not on which came first. */
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
 * The application's side of authentication: one question per method, and the final decision in `conclude`. Any of these
 * may reject, which refuses that request.
 */
export interface Authenticator {
  /** A request has arrived, or answers for one: its time is measured from here. @throws what ends the connection. */
  begin(attempt: UserauthAttempt): Awaitable<void>;
  /** Security: waits until the time of a refusal reveals nothing. */
  delay(attempt: UserauthAttempt): Awaitable<void>;
  /** Names of the methods to offer now. */
  methods(attempt: UserauthAttempt): Awaitable<readonly string[]>;
  none(attempt: UserauthAttempt): Awaitable<Decision>;
  password(attempt: UserauthAttempt, password: string, newPassword: string | undefined): Awaitable<Decision>;
  /**
   * Whether the key is one of the user's; asked for the query and again for the signature. Security: in neither phase
   * has the client proven possession of the key yet, so do not act on the question.
   */
  publicKey(attempt: UserauthAttempt, key: OfferedKey): Awaitable<Decision & { readonly terms?: KeyTerms }>;
  keyboardInteractive(attempt: UserauthAttempt, ask: Ask): Awaitable<Decision>;
  /** Whether the key is that host's, and its user may log in as this one. Security: nothing is proven yet, as above. */
  hostbased(attempt: UserauthAttempt, key: OfferedKey, claim: HostClaim): Awaitable<Decision>;
  /** The final decision on a judged request: `accept` means that what the method asks for is proven, by `key` if any. */
  conclude(attempt: UserauthAttempt, decision: Decision, key: ProvenKey | undefined): Awaitable<Decision>;
  /** The connection is over. */
  close(): void;
}

/** Who the peer proved to be. */
export interface Identity {
  readonly user: string;
  /** The method that completed authentication. */
  readonly method: string;
  /** The public key whose signature was verified, as a blob, if any. */
  readonly publicKey: Uint8Array | undefined;
  /** Its certificate, as a blob, if one was presented. */
  readonly certificate: Uint8Array | undefined;
  /** What the proven keys allow; undefined if nothing is restricted. */
  readonly restrictions: Restrictions | undefined;
}

/** The application's side of authentication: asks the hooks, and turns their answers into decisions. */
import type { SecurityKeyAssertion } from '../../algorithms/algorithm.js';
import type { Awaitable, CryptoProvider } from '../../crypto/provider.js';
import { dateOf, type Clock } from '../../driver.js';
import type { CertificateSupport, RevokedKeys } from '../../keys/authorize.js';
import type {
  Ask,
  Authenticator,
  Decision,
  HostClaim,
  OfferedKey,
  ProvenKey,
  UserauthAttempt,
} from '../../userauth/decision.js';
import type { ServerConnection } from '../server-connection.js';
import type { HookRunner } from '../hook-runner.js';
import type { Attempt, HookResult, Hooks } from '../hooks.js';
import { accept, type Reject, type Verdict } from '../verdict.js';
import { DescribedAttempt, DescribedKey } from './described.js';
import { failureDelay, type FailureDelay } from './failure-delay.js';
import { isCertificateName, judgeOfferedKey } from './offered-key.js';
import { StoredPasswords, type PasswordVerifier } from './password-verifier.js';
import { readPolicy, type Policy } from './policy.js';
import { everybody, lookUp, looksUp, type User } from './user-lookup.js';

const METHOD_HOOKS = {
  publickey: 'authorizedKeys',
  password: 'password',
  'keyboard-interactive': 'keyboardInteractive',
  hostbased: 'hostbased',
} as const satisfies Record<string, keyof Hooks>;

const REFUSE: Decision = { outcome: 'refuse' };

/** What all logins of a server share. */
export interface Logins {
  readonly hooks: Hooks;
  readonly policy: Policy;
  /** The methods that the application can judge. */
  readonly offered: readonly string[];
  readonly maxKeys: number;
  readonly clock: Clock;
  readonly delay: FailureDelay;
  readonly passwords: StoredPasswords;
  readonly certificates: CertificateSupport | undefined;
  readonly revokedKeys: RevokedKeys | undefined;
}

interface LoginOptions {
  readonly policy?: Partial<Policy>;
  readonly passwords?: PasswordVerifier;
  readonly certificates?: CertificateSupport;
  readonly revokedKeys?: RevokedKeys;
}

export function createLogins(
  hooks: Hooks,
  { policy, passwords, certificates, revokedKeys }: LoginOptions,
  maxKeys: number,
  clock: Clock,
  crypto: CryptoProvider,
): Logins {
  const stored = new StoredPasswords(passwords);
  const read = readPolicy(policy);
  const offered = Object.entries(METHOD_HOOKS).flatMap(([method, hook]) => {
    const isServed = hooks[hook] !== undefined || (method === 'password' && stored.canCompare && looksUp(hooks));
    return isServed && (method !== 'password' || read.passwordLogin !== false) ? [method] : [];
  });
  const delay = failureDelay(crypto);
  return { hooks, policy: read, offered, maxKeys, clock, delay, passwords: stored, certificates, revokedKeys };
}

/** Asks a server's hooks about the user of one connection. Without any hook nobody gets in. */
export class HookAuthenticator implements Authenticator {
  readonly #logins: Logins;
  readonly #connection: ServerConnection;
  readonly #runner: HookRunner;
  readonly #closing = new AbortController();
  #startedAt = 0;
  #user: User | undefined;
  /** Whether the client has been asked for a new password, and may therefore send one. */
  #isChangeAsked = false;

  constructor(logins: Logins, connection: ServerConnection, runner: HookRunner) {
    this.#logins = logins;
    this.#connection = connection;
    this.#runner = runner;
  }

  begin(attempt: UserauthAttempt): Awaitable<void> {
    const { hooks, policy, clock } = this.#logins;
    this.#startedAt = clock.now();
    if (this.#user === undefined && looksUp(hooks)) return this.#lookUp(attempt);
    this.#user ??= everybody(attempt.user, policy);
  }

  async #lookUp(attempt: UserauthAttempt): Promise<void> {
    const { hooks, policy, clock } = this.#logins;
    this.#user = await lookUp(hooks, policy, this.#runner, this.#describe(attempt));
    // Security: the lookup takes a different time for known and unknown users, whatever the first request is.
    await this.delay(attempt);
    this.#startedAt = clock.now();
  }

  delay(attempt: UserauthAttempt): Promise<void> {
    const { clock, delay } = this.#logins;
    const wait = delay(attempt.user, clock.now() - this.#startedAt);
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const over = (): void => {
        cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const cancel = clock.schedule(over, wait);
      signal.addEventListener('abort', over);
    });
  }

  close(): void {
    this.#closing.abort();
  }

  /** A hook that refuses leaves no method. */
  methods(attempt: UserauthAttempt): Awaitable<readonly string[]> {
    const { hooks, offered } = this.#logins;
    const { methods } = hooks;
    return this.#ask('methods', methods && (() => methods(this.#describe(attempt))), (answer) => {
      if (answer === undefined) return offered;
      return Array.isArray(answer) ? offered.filter((name) => answer.includes(name)) : [];
    });
  }

  none(attempt: UserauthAttempt): Awaitable<Decision> {
    const { none } = this.#logins.hooks;
    return this.#ask('none', none && (() => none(this.#describe(attempt))), (answer) => this.#decide(answer));
  }

  /** Refused before the hook: blank passwords unless policy allows them, and new passwords that nobody asked for. */
  async password(attempt: UserauthAttempt, password: string, newPassword?: string): Promise<Decision> {
    const { hooks, passwords, policy } = this.#logins;
    const isNew = newPassword !== undefined;
    if ((password === '' && !policy.blankPassword) || (isNew && !this.#isChangeAsked)) return REFUSE;
    const { isBarredByPassword: isBarred, storedHash } = this.#user!;
    const hash = passwords.hashFor(storedHash, isBarred);
    const ask = hooks.password;
    const described = this.#describe(attempt);
    return this.#ask('password', ask && (() => ask(described, password, hash, newPassword)), async (answer) => {
      if (answer === undefined && passwords.isUnreadable(hash)) this.#warnOfHash(attempt.user);
      const isRight =
        answer === undefined
          ? !isNew && (await passwords.compare(password, hash, this.#closing.signal))
          : answer?.verdict === 'hashed' && passwords.isSame(answer.text, storedHash);
      const decision = this.#decide(isRight ? accept : answer, isBarred);
      this.#isChangeAsked ||= decision.outcome === 'change';
      return decision;
    });
  }

  #warnOfHash(user: string): void {
    const message = 'the stored hash of a user cannot be read: make it with hashPassword';
    this.#connection.log(4, 'authentication', message, { user });
  }

  keyboardInteractive(attempt: UserauthAttempt, questions: Ask): Awaitable<Decision> {
    const { keyboardInteractive: ask } = this.#logins.hooks;
    return this.#ask('keyboardInteractive', ask && (() => ask(this.#describe(attempt), questions)), (answer) =>
      this.#decide(answer, this.#user!.isBarredByPassword),
    );
  }

  publicKey(attempt: UserauthAttempt, key: OfferedKey): ReturnType<Authenticator['publicKey']> {
    const { hooks, maxKeys, clock, certificates, revokedKeys } = this.#logins;
    const ask = hooks.authorizedKeys;
    const hook = ask && ((): ReturnType<typeof ask> => ask(this.#describe(attempt, this.#describeKey(key))));
    return this.#ask('authorizedKeys', hook, (answer) => {
      const decision = judgeOfferedKey(answer, key, this.#connection, {
        user: this.#user?.name ?? attempt.user,
        date: dateOf(clock),
        maxKeys,
        certificates,
        revokedKeys,
      });
      return this.#user!.isBarred ? REFUSE : decision;
    });
  }

  hostbased(attempt: UserauthAttempt, key: OfferedKey, claim: HostClaim): Awaitable<Decision> {
    const { hostbased } = this.#logins.hooks;
    // Security: certificates of hosts are not judged here, so they are refused.
    if (isCertificateName(key.algorithm) || this.#logins.revokedKeys?.isRevoked(key.blob)) return REFUSE;
    const hook =
      hostbased &&
      ((): ReturnType<typeof hostbased> => hostbased(this.#describe(attempt, this.#describeKey(key)), claim));
    return this.#ask('hostbased', hook, (answer) => this.#decide(answer));
  }

  async conclude(attempt: UserauthAttempt, judged: Decision, key: ProvenKey | undefined): Promise<Decision> {
    const { authenticated } = this.#logins.hooks;
    const hook =
      authenticated &&
      ((): ReturnType<typeof authenticated> =>
        authenticated(this.#describe(attempt, key && this.#describeProven(key))));
    const decision =
      judged.outcome === 'accept'
        ? await this.#ask('authenticated', hook, (answer) => this.#decide(answer ?? accept))
        : judged;
    const { outcome } = decision;
    if (attempt.method !== 'none' || outcome !== 'refuse')
      this.#connection.log(6, 'authentication', 'attempt', { user: attempt.user, method: attempt.method, outcome });
    return decision;
  }

  /** Before authentication, the login grace limits the time of hooks. */
  #ask<T, R>(
    name: keyof Hooks,
    hook: (() => HookResult<T>) | undefined,
    take: (answer: T | Reject | undefined) => Awaitable<R>,
  ): Awaitable<R> {
    return hook === undefined ? take(undefined) : this.#runner.ask(name, hook, take, false);
  }

  #describe(attempt: UserauthAttempt, key?: Attempt['key']): Attempt {
    const { service, method, failures, passed } = attempt;
    const { name: user = attempt.user, account } = this.#user ?? {};
    const connection = this.#connection;
    const { peer } = connection;
    const told = { user, service, method, failures, passed, peer, connection, account, key };
    return new DescribedAttempt(told, this.#closing);
  }

  #describeKey(key: OfferedKey, assertion?: SecurityKeyAssertion): NonNullable<Attempt['key']> {
    return new DescribedKey(key, this.#logins.certificates?.read(key.blob), assertion);
  }

  #describeProven({ algorithm, blob, certificate, assertion }: ProvenKey): NonNullable<Attempt['key']> {
    return this.#describeKey({ algorithm, blob: certificate ?? blob, phase: 'signature' }, assertion);
  }

  /** Security: every grant passes through here, and is void for a user who may not log in. */
  #decide(answer: Verdict | undefined, isBarred = this.#user!.isBarred): Decision {
    switch (answer?.verdict) {
      case 'change':
        return { outcome: 'change', prompt: answer.prompt };
      case 'accept':
        return isBarred ? REFUSE : { outcome: 'accept', user: this.#user!.name };
      case 'partial':
        return isBarred ? REFUSE : { outcome: 'partial', methods: answer.methods };
      default:
        return REFUSE;
    }
  }
}

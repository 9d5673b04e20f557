/**
 * What hooks are told of an attempt and its key, with what few of them use computed when it is read.
 *
 * Classes with accessors of their own, because objects with accessors, or made from several by spreading, are slow to make in
 * V8 and outlive the login: until its old generation is collected.
 */
import type { SecurityKeyAssertion } from '../../algorithms/algorithm.js';
import type { Certificate } from '../../algorithms/certificate.js';
import { fingerprint } from '../../keys/public-key.js';
import type { OfferedKey } from '../../userauth/decision.js';
import type { Attempt } from '../hooks.js';

type AttemptKey = NonNullable<Attempt['key']>;

interface Told extends Omit<Attempt, 'signal' | 'account' | 'key'> {
  readonly account?: Attempt['account'] | undefined;
  readonly key?: AttemptKey | undefined;
}

export class DescribedAttempt implements Attempt {
  readonly user: string;
  readonly service: string;
  readonly method: string;
  readonly failures: number;
  readonly passed: Attempt['passed'];
  readonly peer: Attempt['peer'];
  readonly connection: Attempt['connection'];
  declare readonly account?: NonNullable<Attempt['account']>;
  declare readonly key?: AttemptKey;
  readonly #closing: Pick<Attempt, 'signal'>;

  /** `closing` has the signal: a connection's controller, or another attempt. */
  constructor(told: Told, closing: Pick<Attempt, 'signal'>) {
    this.user = told.user;
    this.service = told.service;
    this.method = told.method;
    this.failures = told.failures;
    this.passed = told.passed;
    this.peer = told.peer;
    this.connection = told.connection;
    if (told.account) this.account = told.account;
    if (told.key) this.key = told.key;
    this.#closing = closing;
  }

  /** Created on demand: few hooks use it, and Node keeps signals for long. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }
}

export class DescribedKey implements AttemptKey {
  readonly algorithm: string;
  readonly blob: Uint8Array;
  readonly phase: OfferedKey['phase'];
  declare readonly certificate?: Certificate;
  declare readonly assertion?: SecurityKeyAssertion;

  constructor(
    { algorithm, blob, phase }: OfferedKey,
    certificate: Certificate | undefined,
    assertion: SecurityKeyAssertion | undefined,
  ) {
    this.algorithm = algorithm;
    this.blob = blob;
    this.phase = phase;
    if (certificate) this.certificate = certificate;
    if (assertion) this.assertion = assertion;
  }

  get fingerprint(): string {
    return fingerprint(this.certificate?.publicKey ?? this.blob);
  }
}

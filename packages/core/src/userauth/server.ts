/** RFC 4252, RFC 4256: user authentication, the server's side. */
import type { SignatureAlgorithm } from '../algorithms/algorithm.js';
import { proceed } from '../crypto/awaitable.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import { AuthenticationError, ProtocolError, ServiceError } from '../errors.js';
import { fingerprint } from '../keys/public-key.js';
import { restrictionsField, stricter, type Restrictions } from '../keys/restrictions.js';
import { nameList, optional, string, text, uint32, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { Authenticator, Decision, Identity, ProvenKey, UserauthAttempt } from './decision.js';
import { judgeHostbased } from './hostbased.js';
import { KeyboardInteractiveRound } from './keyboard-interactive.js';
import {
  HOSTBOUND,
  SSH_MSG_USERAUTH_BANNER,
  SSH_MSG_USERAUTH_FAILURE,
  SSH_MSG_USERAUTH_PASSWD_CHANGEREQ,
  SSH_MSG_USERAUTH_PK_OK,
  SSH_MSG_USERAUTH_REQUEST,
} from './messages.js';
import { judgePassword } from './password.js';
import { judgePublicKey, type PublicKeyContext } from './public-key.js';

/** A user name longer than this many UTF-16 units is refused before any hook sees it. */
const MAXIMUM_USER_NAME = 256;

export interface UserauthLimits {
  /** Failed requests before the connection ends. */
  readonly failures: number;
  /** Public keys that may be offered without a signature. */
  readonly keyQueries: number;
  /** Requests of any kind. */
  readonly requests: number;
}

/** OpenSSH's MaxAuthTries is 6. */
export const DEFAULT_USERAUTH_LIMITS: UserauthLimits = { failures: 6, keyQueries: 15, requests: 64 };

/** What the connection provides. */
export interface UserauthContext {
  readonly sessionId: Uint8Array;
  /** The host key that this server presented. */
  readonly hostKey: Uint8Array;
  readonly crypto: CryptoProvider;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm>>;
  readonly send: (payload: Uint8Array) => void;
  /** The only way in: the engine opens the connection layer and sends SSH_MSG_USERAUTH_SUCCESS. */
  readonly succeed: (identity: Identity) => void;
}

/** The same, with what the application provides. */
export interface UserauthServerContext extends UserauthContext {
  readonly authenticator: Authenticator;
  readonly limits: UserauthLimits;
  /** What clients show their user before the login (RFC 4252 §5.4); '' for nothing. */
  readonly banner: string;
}

export const userauthServerState = record({
  user: optional(text),
  failures: uint32,
  keyQueries: uint32,
  requests: uint32,
  /** Methods already completed in this login. */
  passed: nameList,
  /** Methods that remain after a partial success. */
  remaining: optional(nameList),
  /** Fingerprints of the keys proven in earlier steps, and the last of those keys. */
  provenKeys: nameList,
  provenKey: optional(string),
  certificate: optional(string),
  /** What the keys proven so far leave. */
  restrictions: optional(restrictionsField),
});
export type UserauthServerState = Values<typeof userauthServerState.fields>;

export class UserauthServer {
  readonly #context: UserauthServerContext;
  #user: string | undefined;
  #failures = 0;
  #keyQueries = 0;
  #requests = 0;
  #passed: readonly string[] = [];
  #remaining: readonly string[] | undefined;
  #provenKeys: readonly string[] = [];
  #provenKey: Uint8Array | undefined;
  #certificate: Uint8Array | undefined;
  #restrictions: Restrictions | undefined;
  /** The current keyboard-interactive dialogue; it owns 60-79. */
  #dialogue: KeyboardInteractiveRound | undefined;

  constructor(context: UserauthServerContext, state?: UserauthServerState) {
    this.#context = context;
    if (state === undefined) return;
    this.#user = state.user;
    this.#failures = state.failures;
    this.#keyQueries = state.keyQueries;
    this.#requests = state.requests;
    this.#passed = state.passed;
    this.#remaining = state.remaining;
    this.#provenKeys = state.provenKeys;
    this.#provenKey = state.provenKey?.slice();
    this.#certificate = state.certificate?.slice();
    this.#restrictions = state.restrictions;
  }

  /** Refused requests, not counting mere queries. */
  get failures(): number {
    return this.#failures;
  }

  /** @throws AuthenticationError if there were too many. */
  countRequest(): void {
    this.#requests += 1;
    if (this.#requests > this.#context.limits.requests) throw tooMany();
  }

  /** True while a hook waits for answers, which no snapshot can hold. */
  get isAsking(): boolean {
    return this.#dialogue !== undefined;
  }

  state(): UserauthServerState {
    return {
      user: this.#user,
      failures: this.#failures,
      keyQueries: this.#keyQueries,
      requests: this.#requests,
      passed: this.#passed,
      remaining: this.#remaining,
      provenKeys: this.#provenKeys,
      provenKey: this.#provenKey,
      certificate: this.#certificate,
      restrictions: this.#restrictions,
    };
  }

  /** Handles 50 and 60-79. */
  handle(payload: Uint8Array): Awaitable<undefined> {
    if (payload[0] === SSH_MSG_USERAUTH_REQUEST.number) return this.#request(payload.slice());
    if (this.#dialogue === undefined)
      throw new ProtocolError(`message ${payload[0]} belongs to no authentication method under way`);
    return this.#continueDialogue(this.#dialogue, payload);
  }

  /** The connection is over: hooks that wait for answers are told. */
  close(): void {
    this.#abandon();
    this.#context.authenticator.close();
  }

  #abandon(): void {
    this.#dialogue?.abandon();
    this.#dialogue = undefined;
  }

  async #request(payload: Uint8Array): Promise<undefined> {
    this.#abandon();
    const { userName, serviceName, methodName, methodFields } = SSH_MSG_USERAUTH_REQUEST.decode(payload);
    // Security: a dialogue that the client leaves for another request never gets as far as an answer of ours.
    this.countRequest();
    if (serviceName !== 'ssh-connection') throw new ServiceError('only the service ssh-connection can be asked for');
    if (this.#user !== undefined && this.#user !== userName) {
      // Security: RFC 4252 §5 also lets us discard what was proven; ending the connection is simpler, and what OpenSSH
      // does.
      throw new ProtocolError('the user name changed during authentication');
    }
    if (this.#user === undefined) this.#showBanner();
    this.#user = userName;
    const attempt: UserauthAttempt = {
      user: userName,
      service: serviceName,
      method: methodName === HOSTBOUND ? 'publickey' : methodName,
      failures: this.#failures,
      passed: this.#passed,
    };
    if (userName.length > MAXIMUM_USER_NAME) return this.#answer(attempt, REFUSE);
    const begun = this.#context.authenticator.begin(attempt);
    if (begun instanceof Promise) await begun;
    if (!(await this.#isOffered(attempt))) return this.#answer(attempt, REFUSE);
    return this.#judge(attempt, methodName, methodFields, payload);
  }

  /** Before the first answer, as OpenSSH does. */
  #showBanner(): void {
    const { banner: message, send } = this.#context;
    if (message !== '') send(SSH_MSG_USERAUTH_BANNER.encode({ message, languageTag: '' }));
  }

  #isOffered(attempt: UserauthAttempt): Awaitable<boolean> {
    return attempt.method === 'none' || proceed(this.#offered(attempt), (names) => names.includes(attempt.method));
  }

  #offered(attempt: UserauthAttempt): Awaitable<readonly string[]> {
    return proceed(this.#context.authenticator.methods(attempt), (methods) =>
      methods.filter((name) => name !== 'none' && (this.#remaining?.includes(name) ?? true)),
    );
  }

  async #judge(attempt: UserauthAttempt, method: string, fields: Uint8Array, request: Uint8Array): Promise<undefined> {
    const { authenticator, hostKey } = this.#context;
    switch (method) {
      case 'none':
        // A login with a completed step cannot be finished by `none`.
        return this.#conclude(
          attempt,
          this.#remaining ? REFUSE : await refuseOnThrow(() => authenticator.none(attempt)),
        );
      case 'password':
        return this.#conclude(attempt, await refuseOnThrow(() => judgePassword(authenticator, attempt, fields)));
      case 'publickey':
        return this.#judgeKey(attempt, this.#context, fields, request);
      case HOSTBOUND:
        return this.#judgeKey(attempt, { ...this.#context, boundTo: hostKey }, fields, request);
      case 'hostbased':
        // The key belongs to the host, not to the user: it is not part of their identity.
        return this.#conclude(
          attempt,
          await refuseOnThrow(() => judgeHostbased(this.#context, attempt, fields, request)),
        );
      case 'keyboard-interactive': {
        const dialogue = new KeyboardInteractiveRound(authenticator, attempt, this.#context.send);
        this.#dialogue = dialogue;
        return this.#continueDialogue(dialogue, undefined);
      }
      default:
        return this.#answer(attempt, REFUSE);
    }
  }

  async #judgeKey(
    attempt: UserauthAttempt,
    context: PublicKeyContext,
    fields: Uint8Array,
    request: Uint8Array,
  ): Promise<undefined> {
    const judgement = await judgePublicKey(context, attempt, fields, request);
    if (judgement.kind === 'signature') return this.#conclude(attempt, judgement.decision, judgement.key);
    // Unlike OpenSSH, where an agent with many keys uses up MaxAuthTries: refused offers have a limit of their own.
    this.#keyQueries += 1;
    if (!judgement.isAcceptable) return this.#fail(attempt, false);
    this.#endAtLimit();
    this.#context.send(
      SSH_MSG_USERAUTH_PK_OK.encode({
        publicKeyAlgorithmName: judgement.algorithm,
        publicKeyBlob: judgement.publicKey,
      }),
    );
    return undefined;
  }

  async #continueDialogue(dialogue: KeyboardInteractiveRound, response: Uint8Array | undefined): Promise<undefined> {
    if (response !== undefined) await this.#context.authenticator.begin(dialogue.attempt);
    const decision = response === undefined ? await dialogue.start() : await dialogue.answer(response);
    if (decision === 'asked') return;
    this.#dialogue = undefined;
    return this.#conclude(dialogue.attempt, decision);
  }

  /**
   * Security: the application's final decision, the same for every method. Only what a request has proven gets here, so
   * that nothing follows from a mere claim; `key` is the one whose signature was verified.
   */
  async #conclude(attempt: UserauthAttempt, judged: Decision, key?: ProvenKey): Promise<undefined> {
    // As in OpenSSH: if a login takes several keys, none of them counts twice.
    const isRepeated = key && this.#provenKeys.length > 0 && this.#provenKeys.includes(fingerprint(key.blob));
    const due = isRepeated ? REFUSE : judged;
    const decision = await refuseOnThrow(() => this.#context.authenticator.conclude(attempt, due, key));
    const isTaken = decision.outcome !== 'refuse' && (key === undefined || this.#take(key));
    if (isTaken && key && decision.outcome === 'partial')
      this.#provenKeys = [...this.#provenKeys, fingerprint(key.blob)];
    return this.#answer(attempt, isTaken ? decision : REFUSE);
  }

  /** Security: the restrictions of keys add up over the steps of a login. False if two contradict each other. */
  #take({ blob, certificate, restrictions }: ProvenKey): boolean {
    const both = this.#restrictions && restrictions && stricter(this.#restrictions, restrictions);
    if (this.#restrictions !== undefined && restrictions !== undefined && both === undefined) return false;
    this.#restrictions = both ?? this.#restrictions ?? restrictions;
    // Copies: views would keep the request in memory as long as the identity.
    this.#provenKey = blob.slice();
    this.#certificate = certificate?.slice();
    return true;
  }

  async #answer(attempt: UserauthAttempt, decision: Decision): Promise<undefined> {
    const { send, succeed } = this.#context;
    switch (decision.outcome) {
      case 'accept':
        succeed({
          user: decision.user ?? attempt.user,
          method: attempt.method,
          publicKey: this.#provenKey,
          certificate: this.#certificate,
          restrictions: this.#restrictions,
        });
        return;
      case 'change':
        // A client in the middle of another method would misread message 60.
        if (attempt.method !== 'password') return this.#answer(attempt, REFUSE);
        this.#failures += 1;
        await this.#context.authenticator.delay(attempt);
        this.#endAtLimit();
        send(SSH_MSG_USERAUTH_PASSWD_CHANGEREQ.encode({ prompt: decision.prompt, languageTag: '' }));
        return;
      case 'partial':
        this.#passed = [...this.#passed, attempt.method];
        this.#remaining = decision.methods;
        return this.#fail(attempt, true);
      case 'refuse':
        // `none` never counts as a failure (in OpenSSH once): clients use it to learn the methods.
        if (attempt.method !== 'none') this.#failures += 1;
        return this.#fail(attempt, false);
    }
  }

  async #fail(attempt: UserauthAttempt, partialSuccess: boolean): Promise<undefined> {
    // As in OpenSSH: `none` tells clients the methods, and its timing reveals nothing.
    if (attempt.method !== 'none') await this.#context.authenticator.delay(attempt);
    this.#endAtLimit();
    const methods = await this.#offered({ ...attempt, failures: this.#failures, passed: this.#passed });
    this.#context.send(SSH_MSG_USERAUTH_FAILURE.encode({ authenticationsThatCanContinue: methods, partialSuccess }));
  }

  #endAtLimit(): void {
    const { failures, keyQueries, requests } = this.#context.limits;
    if (this.#failures >= failures || this.#keyQueries > keyQueries || this.#requests >= requests) {
      throw tooMany();
    }
  }
}

function tooMany(): AuthenticationError {
  return new AuthenticationError('too many authentication failures');
}

const REFUSE: Decision = { outcome: 'refuse' };

/** A hook that throws, and fields that do not parse, are refusals: nothing distinguishes them from a wrong password. */
export async function refuseOnThrow(judge: () => Awaitable<Decision>): Promise<Decision> {
  try {
    return await judge();
  } catch {
    return REFUSE;
  }
}

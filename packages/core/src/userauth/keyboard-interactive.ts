/** RFC 4256: the method `keyboard-interactive`, the server's side. */
import type { Authenticator, Decision, Questions, UserauthAttempt } from './decision.js';
import { AuthenticationError, ConfigurationError, ProtocolError } from '../errors.js';
import {
  MAXIMUM_PROMPTS,
  SSH_MSG_USERAUTH_INFO_REQUEST,
  SSH_MSG_USERAUTH_INFO_RESPONSE,
} from './keyboard-interactive-messages.js';

interface Waiting {
  readonly prompts: number;
  readonly resolve: (responses: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

/** The dialogue of one request: a hook asks, round after round, and finally decides. */
export class KeyboardInteractiveRound {
  readonly attempt: UserauthAttempt;
  readonly #authenticator: Authenticator;
  readonly #send: (payload: Uint8Array) => void;
  #waiting: Waiting | undefined;
  #isAbandoned = false;
  /** What the hook decided, perhaps while its question waits. */
  #decision: Decision | undefined;
  /** Settles when the hook asks or decides: only then is the next message read. */
  #step: ((result: Decision | 'asked') => void) | undefined;

  constructor(authenticator: Authenticator, attempt: UserauthAttempt, send: (payload: Uint8Array) => void) {
    this.#authenticator = authenticator;
    this.attempt = attempt;
    this.#send = send;
  }

  /** Calls the hook. @returns its decision, or `'asked'` once a question has been sent to the client. */
  start(): Promise<Decision | 'asked'> {
    const step = this.#nextStep();
    void this.#run();
    return step;
  }

  /** Handles SSH_MSG_USERAUTH_INFO_RESPONSE. @throws ProtocolError if none was requested. */
  answer(payload: Uint8Array): Promise<Decision | 'asked'> {
    const waiting = this.#waiting;
    if (waiting === undefined || payload[0] !== SSH_MSG_USERAUTH_INFO_RESPONSE.number) {
      throw new ProtocolError(`message ${payload[0]} without a question`);
    }
    const { responses } = SSH_MSG_USERAUTH_INFO_RESPONSE.decode(payload);
    this.#waiting = undefined;
    const step = this.#nextStep();
    if (responses.length === waiting.prompts) waiting.resolve(responses);
    else waiting.reject(new AuthenticationError(`${waiting.prompts} answers expected, got ${responses.length}`));
    // A hook that did not wait for the answer has decided already; the client may be told only now (RFC 4256 §3.4).
    if (this.#decision !== undefined) this.#step?.(this.#decision);
    return step;
  }

  /** The client made another request, or is gone: the hook's question rejects. */
  abandon(): void {
    this.#waiting?.reject(new AuthenticationError('the client left the dialogue'));
    this.#waiting = undefined;
    this.#step = undefined;
    this.#isAbandoned = true;
  }

  async #run(): Promise<void> {
    let decision: Decision;
    try {
      decision = await this.#authenticator.keyboardInteractive(this.attempt, (questions) => this.#ask(questions));
    } catch {
      decision = { outcome: 'refuse' };
    }
    this.#decision = decision;
    this.#step?.(decision);
  }

  async #ask({ name = '', instruction = '', prompts }: Questions): Promise<readonly string[]> {
    if (this.#isAbandoned) throw new AuthenticationError('the client left the dialogue');
    if (this.#decision !== undefined) throw new ConfigurationError('the dialogue is over: ask before deciding');
    if (this.#waiting !== undefined)
      throw new ConfigurationError('a question waits for its answer: ask several things as prompts of one question');
    if (prompts.length > MAXIMUM_PROMPTS)
      throw new ConfigurationError(`at most ${MAXIMUM_PROMPTS} prompts can be asked at once`);
    return new Promise((resolve, reject) => {
      this.#waiting = { prompts: prompts.length, resolve, reject };
      this.#send(SSH_MSG_USERAUTH_INFO_REQUEST.encode({ name, instruction, languageTag: '', prompts }));
      this.#step?.('asked');
    });
  }

  #nextStep(): Promise<Decision | 'asked'> {
    return new Promise((resolve) => {
      this.#step = resolve;
    });
  }
}

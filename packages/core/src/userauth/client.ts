/** RFC 4252 §5: user authentication, the client's side. */
import type { SignatureAlgorithm } from '../algorithms/algorithm.js';
import { AuthenticationError, LimitError, ProtocolError } from '../errors.js';
import { router } from '../wire/router.js';
import { clientMessages, SSH_MSG_USERAUTH_REQUEST } from './messages.js';

/** RFC 4252 §5.4 sets no limit; banners are cut at this many UTF-16 units. */
const MAXIMUM_BANNER = 8192;

/** The server's answer to one request. `method` carries a message from 60 to 79. */
export type UserauthReply =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure'; readonly methods: readonly string[]; readonly partialSuccess: boolean }
  | { readonly kind: 'method'; readonly payload: Uint8Array };

export interface UserauthClientContext {
  readonly sessionId: Uint8Array;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm>>;
  /** `server-sig-algs`, if the server sent it. */
  readonly serverSignatureAlgorithms: () => readonly string[] | undefined;
  /** The server's host key, if the server accepts logins that name it. */
  readonly boundHostKey: () => Uint8Array | undefined;
  readonly send: (payload: Uint8Array) => void;
  /** The engine opens the connection layer. */
  readonly succeed: (user: string) => void;
  readonly banner: (text: string) => undefined;
}

export class UserauthClient {
  readonly context: UserauthClientContext;
  #user = '';
  #method = '';
  #waiting: { readonly resolve: (reply: UserauthReply) => void; readonly reject: (error: Error) => void } | undefined;
  /** Why no more can be asked: a user is logged in, or the connection is over. */
  #over: Error | undefined;
  static readonly #route = router<typeof clientMessages, UserauthClient, undefined>(clientMessages, {
    SSH_MSG_USERAUTH_FAILURE: (client, { authenticationsThatCanContinue: methods, partialSuccess }) =>
      client.#reply({ kind: 'failure', methods, partialSuccess }),
    SSH_MSG_USERAUTH_SUCCESS: (client) => {
      client.#reply({ kind: 'success' });
      // RFC 4252 §5.1: the server would not answer another request.
      client.#over = new AuthenticationError('a user is logged in already');
      client.context.succeed(client.#user);
    },
    SSH_MSG_USERAUTH_BANNER: (client, { message }) => client.context.banner(message.slice(0, MAXIMUM_BANNER)),
  });

  constructor(context: UserauthClientContext) {
    this.context = context;
  }

  /** Handles 51-53 and 60-79. */
  handle(payload: Uint8Array): undefined {
    if (UserauthClient.#route(this, payload) !== 'unknown') return;
    // RFC 4252 §6: these numbers are specific to a method, and `none` has no messages.
    if (this.#method === 'none') throw new ProtocolError(`message ${payload[0]} answers no method`);
    this.#reply({ kind: 'method', payload: payload.slice() });
  }

  /**
   * Sends a request and waits for the server's answer. `methodFields` as in RFC 4252 §5. @throws LimitError while
   * another is unanswered, AuthenticationError once a user is logged in, the error passed to `close`.
   */
  request(user: string, methodName: string, methodFields: Uint8Array): Promise<UserauthReply> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#user = user;
    this.#method = methodName;
    const request = { userName: user, serviceName: 'ssh-connection', methodName, methodFields };
    return this.exchange(SSH_MSG_USERAUTH_REQUEST.encode(request));
  }

  /** Sends a payload and waits for the answer. @throws as `request`. */
  exchange(payload: Uint8Array): Promise<UserauthReply> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.context.send(payload);
    });
  }

  /** The connection is over. */
  close(error: Error): void {
    this.#over = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Security: answers carry no number, so that of two requests at once each could get the other's. */
  #refusal(): Error | undefined {
    return this.#over ?? (this.#waiting && new LimitError('an authentication request waits for its answer'));
  }

  /** Security: an answer without a request would be trivial authentication, or a prompt out of nowhere. */
  #reply(reply: UserauthReply): undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new ProtocolError('an authentication reply without a request');
    this.#waiting = undefined;
    waiting.resolve(reply);
  }
}

/** RFC 4254 §4: global requests, ours and the peer's. Replies carry no number: both sides keep the order. */
import { ProtocolError } from '../errors.js';
import type { Fields, Values } from '../wire/fields.js';
import type { Message } from '../wire/message.js';
import { SSH_MSG_GLOBAL_REQUEST, SSH_MSG_REQUEST_FAILURE, SSH_MSG_REQUEST_SUCCESS } from './messages.js';

/**
 * What the peer's unanswered requests may take before the next one ends the connection, in bytes: ssh asks for all of its
 * remote forwardings at once, and there may be hundreds.
 */
const MAXIMUM_WAITING = 256 * 1024;
/** What a request takes besides its name and its fields, about. */
const OVERHEAD = 512;

/** A global request of the peer; the next is delivered once this one is answered. */
export interface IncomingGlobalRequest {
  readonly name: string;
  readonly fields: Uint8Array;
  readonly wantReply: boolean;
  answer(success: boolean, responseFields?: Uint8Array): void;
}

/** Receives the response fields, or undefined for a refusal. */
export type GlobalReply = (response: Uint8Array | undefined) => undefined;

/** What global requests need from their connection. */
export interface GlobalRequestsPort {
  send<F extends Fields>(message: Message<F>, values: Values<F>): void;
  /** Delivers a request of the peer to whoever answers it. */
  globalRequest(request: IncomingGlobalRequest): undefined;
  /** Runs what the application triggers outside the engine's own turn: an error in it ends the connection. */
  guard(work: () => void): void;
}

export class GlobalRequests {
  readonly #port: GlobalRequestsPort;
  /** Unanswered requests of the peer; the first has been delivered. */
  #incoming: IncomingGlobalRequest[] = [];
  /** Callbacks for our own requests, in order. */
  #replies: GlobalReply[] = [];

  constructor(port: GlobalRequestsPort) {
    this.#port = port;
  }

  /** True while an answer is owed, by us or by the peer. */
  get isWaiting(): boolean {
    return this.#incoming.length > 0 || this.#replies.length > 0;
  }

  /** Sends a request; `reply` receives the answer. */
  send(requestName: string, requestFields: Uint8Array, reply: GlobalReply): void {
    this.#replies.push(reply);
    this.#port.send(SSH_MSG_GLOBAL_REQUEST, { requestName, wantReply: true, requestFields });
  }

  /** The answer to our oldest request; an unsolicited one is ignored. */
  receiveReply(response: Uint8Array | undefined): undefined {
    this.#replies.shift()?.(response);
  }

  receive({ requestName, wantReply, requestFields }: Values<typeof SSH_MSG_GLOBAL_REQUEST.fields>): undefined {
    const waiting = this.#incoming.reduce((sum, { name, fields }) => sum + OVERHEAD + name.length + fields.length, 0);
    if (waiting > MAXIMUM_WAITING) throw new ProtocolError('too many global requests wait for an answer');
    const request: IncomingGlobalRequest = {
      name: requestName,
      wantReply,
      fields: requestFields.slice(),
      answer: (success, responseFields = new Uint8Array(0)) => {
        this.#port.guard(() => this.#answer(request, success, responseFields));
      },
    };
    this.#incoming.push(request);
    if (this.#incoming.length === 1) return this.#port.globalRequest(request);
  }

  /** The connection is over. */
  abort(): void {
    const replies = this.#replies;
    this.#replies = [];
    for (const reply of replies) reply(undefined);
    this.#incoming = [];
  }

  #answer(request: IncomingGlobalRequest, success: boolean, responseFields: Uint8Array): void {
    if (this.#incoming[0] !== request) return;
    this.#incoming.shift();
    if (request.wantReply && success) this.#port.send(SSH_MSG_REQUEST_SUCCESS, { responseFields });
    else if (request.wantReply) this.#port.send(SSH_MSG_REQUEST_FAILURE, {});
    const next = this.#incoming[0];
    if (next !== undefined) this.#port.globalRequest(next);
  }
}

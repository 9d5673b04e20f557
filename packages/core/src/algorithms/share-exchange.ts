/** RFC 4253 §8, RFC 5656 §4, RFC 10042 §2.1: exchanges with one share in each direction. */
import { proceed } from '../crypto/awaitable.js';
import type { AnyHashName, Awaitable, CryptoProvider } from '../crypto/provider.js';
import { ProtocolError } from '../errors.js';
import { string } from '../wire/fields.js';
import { message, type Message } from '../wire/message.js';
import { Writer } from '../wire/writer.js';
import type { ClientDialogue, KeyExchangeAlgorithm, ServerDialogue } from './algorithm.js';

/** What a client keeps between the two messages; `secret` is plain bytes. */
export interface InitiatedExchange {
  readonly share: Uint8Array;
  readonly secret: Uint8Array;
}

/** A server's answer. */
export interface AnsweredExchange {
  readonly share: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** Both halves. They throw, or reject, with KeyExchangeError for a share of the wrong length or value. */
export interface ShareFunctions<Crypto = CryptoProvider> {
  readonly hash: AnyHashName;
  readonly secretEncoding: 'mpint' | 'string';
  /** The client's share (Q_C, e or C_INIT), and the private values that `finish` takes. */
  readonly initiate: (crypto: Crypto) => Awaitable<InitiatedExchange>;
  /** K from the server's share. */
  readonly finish: (crypto: Crypto, secret: Uint8Array, serverShare: Uint8Array) => Awaitable<Uint8Array>;
  /** The server's share (Q_S, f or S_REPLY) and K. */
  readonly respond: (crypto: Crypto, clientShare: Uint8Array) => Awaitable<AnsweredExchange>;
}

/** The server's half. */
export type AnswerFunctions<Crypto> = Pick<ShareFunctions<Crypto>, 'hash' | 'secretEncoding' | 'respond'>;

export interface ShareExchange<Crypto = CryptoProvider> extends ShareFunctions<Crypto>, KeyExchangeAlgorithm<Crypto> {
  readonly client: (crypto: Crypto) => ClientDialogue;
}

const INIT = { clientShare: string } as const;
const REPLY = { hostKey: string, serverShare: string, signature: string } as const;

/** The two messages, and what is exchanged before them. */
export interface Framing {
  readonly init: Message<typeof INIT>;
  readonly reply: Message<typeof REPLY>;
  /** As it enters the exchange hash. */
  readonly before: Uint8Array;
}

/** By the numbers of the two messages. */
export function frame(init: number, reply: number, before: Uint8Array): Framing {
  return { init: message(init, INIT), reply: message(reply, REPLY), before };
}

/** SSH_MSG_KEXDH_INIT, SSH_MSG_KEX_ECDH_INIT, SSH_MSG_KEX_HYBRID_INIT, and their replies: an mpint is a string too. */
const USUAL = frame(30, 31, new Uint8Array(0));

export function shareExchange<Crypto>(functions: ShareFunctions<Crypto>): ShareExchange<Crypto> {
  return { ...functions, ...answeredExchange(functions), client: (crypto) => clientOf(functions, crypto, USUAL) };
}

/** A row for servers only. */
export function answeredExchange<Crypto>(functions: AnswerFunctions<Crypto>): KeyExchangeAlgorithm<Crypto> {
  const { hash, secretEncoding } = functions;
  return { hash, secretEncoding, server: (crypto) => serverOf(functions, crypto, USUAL) };
}

export function clientOf<Crypto>(functions: ShareFunctions<Crypto>, crypto: Crypto, framing: Framing): ClientDialogue {
  const { init, reply } = framing;
  let initiated: InitiatedExchange | undefined;
  return {
    start: () =>
      proceed(functions.initiate(crypto), (exchange) => {
        initiated = exchange;
        return init.encode({ clientShare: exchange.share });
      }),
    receive: (payload) => {
      requireMessage(payload, reply);
      const values = reply.decode(payload);
      const hostKey = values.hostKey.slice();
      const serverShare = values.serverShare.slice();
      const signature = values.signature.slice();
      const { share, secret } = initiated!;
      return proceed(functions.finish(crypto, secret, serverShare), (sharedSecret) => ({
        outcome: { exchanged: exchangedShares(framing, share, serverShare), sharedSecret },
        hostKey,
        signature,
      }));
    },
  };
}

export function serverOf<Crypto>(functions: AnswerFunctions<Crypto>, crypto: Crypto, framing: Framing): ServerDialogue {
  const { init, reply } = framing;
  return {
    receive: (payload) => {
      requireMessage(payload, init);
      const clientShare = init.decode(payload).clientShare.slice();
      return proceed(functions.respond(crypto, clientShare), ({ share, sharedSecret }) => ({
        outcome: { exchanged: exchangedShares(framing, clientShare, share), sharedSecret },
        reply: (hostKey, signature) => reply.encode({ hostKey, serverShare: share, signature }),
      }));
    },
  };
}

/** @throws ProtocolError if `payload` is another message. */
export function requireMessage(payload: Uint8Array, ...expected: readonly Message[]): void {
  if (expected.some(({ number }) => number === payload[0])) return;
  const numbers = expected.map(({ number }) => number).join(' or ');
  throw new ProtocolError(`message ${payload[0]} received during key exchange; expected ${numbers}`);
}

function exchangedShares({ before }: Framing, clientShare: Uint8Array, serverShare: Uint8Array): Uint8Array {
  const writer = new Writer(before.length + clientShare.length + serverShare.length + 8);
  writer.fixed(before);
  writer.string(clientShare);
  writer.string(serverShare);
  return writer.written();
}

/** RFC 4253 §7, RFC 8731, RFC 10042: one key exchange, from our KEXINIT to the keys. */
import type { AlgorithmTables, InitiatedExchange, Signer } from '../algorithms/algorithm.js';
import { proceed } from '../crypto/awaitable.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import { KeyExchangeError, ProtocolError } from '../errors.js';
import type { Role } from './gate.js';
import { deriveKeys, exchangeHash, type Direction, type Transcript } from './key-derivation.js';
import { SSH_MSG_KEXINIT, SSH_MSG_KEX_ECDH_INIT, SSH_MSG_KEX_ECDH_REPLY } from './messages.js';
import { isWrongGuess, negotiate, type Kexinit, type Negotiated } from './negotiation.js';
import { ProtectedDirection } from './protection.js';

/** What an exchange needs from the transport around it. */
export interface KeyExchangeContext {
  readonly role: Role;
  readonly crypto: CryptoProvider;
  readonly tables: AlgorithmTables;
  /** Known once the peer's has come. */
  readonly identifications: () => { readonly client: string; readonly server: string };
  /** Undefined in the first exchange, whose hash becomes it. */
  readonly sessionId: Uint8Array | undefined;
  /** A server's keys. */
  readonly hostKeys: readonly Signer[];
  /** A client's judgement of a host key whose signature holds. Rejects or throws to refuse. */
  readonly verifyHostKey: (hostKey: Uint8Array, algorithm: string) => Awaitable<void>;
  /** Sends a payload of 30-49. */
  readonly send: (payload: Uint8Array) => void;
  /** Called once, when the keys are there: the transport sends NEWKEYS. */
  readonly complete: (result: KeyExchangeResult) => void;
}

export interface KeyExchangeResult {
  readonly negotiated: Negotiated;
  readonly sessionId: Uint8Array;
  readonly hostKey: Uint8Array;
  readonly incoming: ProtectedDirection;
  readonly outgoing: ProtectedDirection;
}

/** An exchange under way. `phase` is what the peer has to send next. */
export class KeyExchange {
  phase: 'kexinit' | 'exchange' | 'newkeys' = 'kexinit';
  result: KeyExchangeResult | undefined;
  readonly #context: KeyExchangeContext;
  readonly #localKexinit: Uint8Array;
  #remoteKexinit: Uint8Array = new Uint8Array(0);
  #negotiated: Negotiated | undefined;
  #skipGuess = false;
  /** The client's share and its private half, between INIT and REPLY. */
  #initiated: InitiatedExchange | undefined;

  constructor(context: KeyExchangeContext, localKexinit: Uint8Array) {
    this.#context = context;
    this.#localKexinit = localKexinit;
  }

  /** Takes the peer's KEXINIT. `check` may refuse what was negotiated. @throws KeyExchangeError where nothing fits. */
  receiveKexinit(payload: Uint8Array, remote: Kexinit, check: (negotiated: Negotiated) => void): Awaitable<undefined> {
    const { role, tables, crypto } = this.#context;
    const local = SSH_MSG_KEXINIT.decode(this.#localKexinit);
    this.#remoteKexinit = payload.slice();
    this.#negotiated = role === 'client' ? negotiate(local, remote, tables) : negotiate(remote, local, tables);
    check(this.#negotiated);
    this.#skipGuess = isWrongGuess(remote, local);
    this.phase = 'exchange';
    if (role === 'server') return undefined;
    return proceed(this.#algorithm().initiate(crypto), (initiated): undefined => {
      this.#initiated = initiated;
      this.#context.send(SSH_MSG_KEX_ECDH_INIT.encode({ clientShare: initiated.share }));
    });
  }

  /** Takes a message of 30-49. */
  receive(payload: Uint8Array): Awaitable<undefined> {
    if (this.#skipGuess) {
      this.#skipGuess = false;
      return undefined;
    }
    const { role } = this.#context;
    const expected = role === 'server' ? SSH_MSG_KEX_ECDH_INIT : SSH_MSG_KEX_ECDH_REPLY;
    if (payload[0] !== expected.number) {
      throw new ProtocolError(`message ${payload[0]} received during key exchange; expected ${expected.number}`);
    }
    return role === 'server' ? this.#respond(payload) : this.#finish(payload);
  }

  #algorithm(): AlgorithmTables['keyExchanges'][string] {
    const algorithm = this.#context.tables.keyExchanges[this.#negotiated?.keyExchange ?? ''];
    if (algorithm === undefined) throw new KeyExchangeError('no key exchange was negotiated');
    return algorithm;
  }

  /** The server's half: Q_S, H and the signature over it. */
  #respond(payload: Uint8Array): Awaitable<undefined> {
    const { crypto, hostKeys } = this.#context;
    const clientShare = SSH_MSG_KEX_ECDH_INIT.decode(payload).clientShare.slice();
    const name = this.#negotiated!.hostKey;
    const signer = hostKeys.find((key) => key.algorithms.includes(name));
    if (signer === undefined) throw new KeyExchangeError(`no host key for ${name}`);
    return proceed(this.#algorithm().respond(crypto, clientShare), ({ share, sharedSecret }) => {
      const transcript = this.#transcript(signer.publicKey, clientShare, share, sharedSecret);
      const hash = exchangeHash(crypto, this.#algorithm(), transcript);
      return proceed(signer.sign(name, hash), (signature) => {
        this.#context.send(SSH_MSG_KEX_ECDH_REPLY.encode({ hostKey: signer.publicKey, serverShare: share, signature }));
        return this.#complete(transcript, hash);
      });
    });
  }

  /** The client's half: the signature is proven before the host key is judged, and both before any key is used. */
  async #finish(payload: Uint8Array): Promise<undefined> {
    const { crypto, tables, verifyHostKey } = this.#context;
    const reply = SSH_MSG_KEX_ECDH_REPLY.decode(payload);
    const hostKey = reply.hostKey.slice();
    const signature = reply.signature.slice();
    const serverShare = reply.serverShare.slice();
    const { share, secret } = this.#initiated!;
    const sharedSecret = await this.#algorithm().finish(crypto, secret, serverShare);
    const transcript = this.#transcript(hostKey, share, serverShare, sharedSecret);
    const hash = exchangeHash(crypto, this.#algorithm(), transcript);
    const name = this.#negotiated!.hostKey;
    const holds = await tables.signatures[name]?.verify(crypto, hostKey, hash, signature);
    if (holds !== true) throw new KeyExchangeError("the signature of the server's host key does not hold");
    await verifyHostKey(hostKey, name);
    this.#complete(transcript, hash);
  }

  #transcript(
    hostKey: Uint8Array,
    clientShare: Uint8Array,
    serverShare: Uint8Array,
    sharedSecret: Uint8Array,
  ): Transcript {
    const { role } = this.#context;
    const identifications = this.#context.identifications();
    const [clientKexinit, serverKexinit] =
      role === 'client' ? [this.#localKexinit, this.#remoteKexinit] : [this.#remoteKexinit, this.#localKexinit];
    return {
      clientIdentification: identifications.client,
      serverIdentification: identifications.server,
      clientKexinit,
      serverKexinit,
      hostKey,
      clientShare,
      serverShare,
      sharedSecret,
    };
  }

  #complete(transcript: Transcript, hash: Uint8Array): undefined {
    const { crypto, tables, role } = this.#context;
    const negotiated = this.#negotiated!;
    const sessionId = this.#context.sessionId ?? hash;
    const protect = (direction: Direction): ProtectedDirection => {
      const names = negotiated[direction];
      const lengths = ProtectedDirection.lengths(tables, names);
      const exchange = { sharedSecret: transcript.sharedSecret, hash, sessionId };
      return new ProtectedDirection(names, deriveKeys(crypto, this.#algorithm(), exchange, direction, lengths));
    };
    const [incoming, outgoing] =
      role === 'server'
        ? (['clientToServer', 'serverToClient'] as const)
        : (['serverToClient', 'clientToServer'] as const);
    this.result = {
      negotiated,
      sessionId,
      hostKey: transcript.hostKey,
      incoming: protect(incoming),
      outgoing: protect(outgoing),
    };
    this.phase = 'newkeys';
    this.#context.complete(this.result);
  }
}

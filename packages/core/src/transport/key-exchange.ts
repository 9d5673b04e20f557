/** RFC 4253 §7: one key exchange, from our KEXINIT to the keys; the messages in between are up to the algorithm. */
import type {
  AlgorithmTables,
  ClientDialogue,
  ClientStep,
  ExchangeOutcome,
  KeyExchangeAlgorithm,
  ServerDialogue,
  ServerStep,
  Signer,
} from '../algorithms/algorithm.js';
import { proceed } from '../crypto/awaitable.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import type { Role } from './gate.js';
import { HeldMessages } from './held-messages.js';
import { exchangeHash, keyDerivation, type Direction, type Transcript } from './key-derivation.js';
import { isWrongGuess, negotiate, type Kexinit, type Negotiated } from './negotiation.js';
import { ProtectedDirection } from './protection.js';

/** What an exchange needs from its transport. */
export interface KeyExchangeContext {
  readonly options: { readonly role: Role; readonly crypto: CryptoProvider; readonly tables: AlgorithmTables };
  /** Known once the peer's has arrived. */
  readonly identifications: () => { readonly client: string; readonly server: string };
  /** Undefined in the first exchange, whose hash becomes the session id. */
  readonly sessionId: Uint8Array | undefined;
  /** A server's keys. */
  readonly hostKeys: readonly Signer[];
  /** A client's judgement of a host key whose signature is valid. Rejects or throws to refuse. */
  readonly verifyHostKey: (hostKey: Uint8Array, algorithm: string) => Awaitable<void>;
  /** Sends a payload from 30 to 49. */
  readonly send: (payload: Uint8Array) => void;
  /** Called once, when the keys are available: the transport sends NEWKEYS. */
  readonly complete: (result: KeyExchangeResult) => void;
}

export interface KeyExchangeResult {
  readonly negotiated: Negotiated;
  readonly sessionId: Uint8Array;
  readonly hostKey: Uint8Array;
  readonly incoming: ProtectedDirection;
  readonly outgoing: ProtectedDirection;
}

/** An exchange in progress. `phase` is what the peer has to send next. */
export class KeyExchange {
  phase: 'kexinit' | 'exchange' | 'newkeys' = 'kexinit';
  result: KeyExchangeResult | undefined;
  /** Messages of higher layers, held until our NEWKEYS. */
  readonly held = new HeldMessages();
  readonly #context: KeyExchangeContext;
  readonly #local: Kexinit;
  readonly #localKexinit: Uint8Array;
  #remoteKexinit: Uint8Array = new Uint8Array(0);
  #negotiated: Negotiated | undefined;
  #skipGuess = false;
  #isAbandoned = false;
  /**
   * The algorithm's part, which takes messages from 30 to 49. Not a function that is assigned here: V8 creates such a one in
   * its old generation, where it would keep the exchange until that is collected.
   */
  #dialogue: ClientDialogue | ServerDialogue | undefined;

  constructor(context: KeyExchangeContext, local: Kexinit, localKexinit: Uint8Array) {
    this.#context = context;
    this.#local = local;
    this.#localKexinit = localKexinit;
  }

  /** Handles the peer's KEXINIT. `check` may refuse what was negotiated. @throws KeyExchangeError if nothing fits. */
  receiveKexinit(payload: Uint8Array, remote: Kexinit, check: (negotiated: Negotiated) => void): Awaitable<undefined> {
    const { role, tables, crypto } = this.#context.options;
    const local = this.#local;
    this.#remoteKexinit = payload.slice();
    this.#negotiated = role === 'client' ? negotiate(local, remote, tables) : negotiate(remote, local, tables);
    check(this.#negotiated);
    this.#skipGuess = isWrongGuess(remote, local);
    this.phase = 'exchange';
    const algorithm = this.#algorithm();
    if (role === 'server') {
      this.#dialogue = algorithm.server(crypto);
      return undefined;
    }
    // Only the default table of servers has rows without it.
    const dialogue = algorithm.client!(crypto);
    this.#dialogue = dialogue;
    return this.#goOn(dialogue.start(), (message): undefined => {
      this.#context.send(message);
    });
  }

  /** Handles a message from 30 to 49. */
  receive(payload: Uint8Array): Awaitable<undefined> {
    if (this.#skipGuess) {
      this.#skipGuess = false;
      return undefined;
    }
    const dialogue = this.#dialogue;
    return dialogue && this.#goOn<ClientStep | ServerStep>(dialogue.receive(payload), (step) => this.#take(step));
  }

  /** The connection is over: computations in progress have no effect. Security: above all, nothing is signed. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  #goOn<T>(value: Awaitable<T>, use: (value: T) => Awaitable<undefined>): Awaitable<undefined> {
    return proceed(value, (settled) => (this.#isAbandoned ? undefined : use(settled)));
  }

  #algorithm(): KeyExchangeAlgorithm {
    const algorithm = this.#context.options.tables.keyExchanges[this.#negotiated?.keyExchange ?? ''];
    if (algorithm === undefined) throw new KeyExchangeError('no key exchange was negotiated');
    return algorithm;
  }

  #take(step: ClientStep | ServerStep): Awaitable<undefined> {
    if ('reply' in step) return this.#answer(step);
    if ('outcome' in step) return this.#conclude(step);
    this.#context.send(step.send);
    return undefined;
  }

  /** The server's half: the last message carries the signature over H. */
  #answer(step: Exclude<ServerStep, { send: unknown }>): Awaitable<undefined> {
    const { options, hostKeys, send } = this.#context;
    const name = this.#negotiated!.hostKey;
    const signer = hostKeys.find((key) => key.algorithms.includes(name));
    if (signer === undefined) throw new KeyExchangeError(`no host key for ${name}`);
    const transcript = this.#transcript(signer.publicKey, step.outcome);
    const hash = exchangeHash(options.crypto, this.#algorithm(), transcript);
    return this.#goOn(signer.sign(name, hash), (signature) => {
      send(step.reply(signer.publicKey, signature));
      return this.#complete(transcript, hash);
    });
  }

  /** The client's half: the signature is verified before the host key is judged, and both before any key is used. */
  async #conclude({ outcome, hostKey, signature }: Exclude<ClientStep, { send: unknown }>): Promise<undefined> {
    const { options, verifyHostKey } = this.#context;
    const { crypto, tables } = options;
    const transcript = this.#transcript(hostKey, outcome);
    const hash = exchangeHash(crypto, this.#algorithm(), transcript);
    const name = this.#negotiated!.hostKey;
    const holds = await tables.signatures[name]?.verify(crypto, hostKey, hash, signature);
    if (this.#isAbandoned) return;
    if (holds !== true) throw new KeyExchangeError("the signature of the server's host key does not hold");
    await verifyHostKey(hostKey, name);
    if (!this.#isAbandoned) this.#complete(transcript, hash);
  }

  #transcript(hostKey: Uint8Array, outcome: ExchangeOutcome): Transcript {
    const { role } = this.#context.options;
    const identifications = this.#context.identifications();
    const [clientKexinit, serverKexinit] =
      role === 'client' ? [this.#localKexinit, this.#remoteKexinit] : [this.#remoteKexinit, this.#localKexinit];
    return {
      clientIdentification: identifications.client,
      serverIdentification: identifications.server,
      clientKexinit,
      serverKexinit,
      hostKey,
      outcome,
    };
  }

  #complete(transcript: Transcript, hash: Uint8Array): undefined {
    const { crypto, tables, role } = this.#context.options;
    const negotiated = this.#negotiated!;
    const sessionId = this.#context.sessionId ?? hash;
    const { sharedSecret } = transcript.outcome;
    const derive = keyDerivation(crypto, this.#algorithm(), { sharedSecret, hash, sessionId });
    const protect = (direction: Direction): ProtectedDirection => {
      const names = negotiated[direction];
      return new ProtectedDirection(names, derive(direction, ProtectedDirection.lengths(tables, names)));
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

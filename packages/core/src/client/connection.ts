/** A client's connection: authenticates, runs commands and shells, and forwards nothing. */
import { hostKeySizeFault, readRequiredRsaSize } from '../algorithms/host-key-size.js';
import type { ChosenParts, OfferedAlgorithms } from '../algorithms/offer.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import { DEFAULT_CONNECTION_LIMITS } from '../connection/limits.js';
import { ChannelOpenReason } from '../connection/messages.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import { assertBytes } from '../connection/outgoing.js';
import { Driver, systemClock, type Clock } from '../driver.js';
import { checkKeepalive } from '../engine/deadlines.js';
import { Engine } from '../engine/engine.js';
import type { EngineEvents } from '../engine/options.js';
import { roundTrip } from '../engine/round-trip.js';
import { createUserauthClient } from '../engine/userauth-client.js';
import {
  ChannelOpenError,
  ConfigurationError,
  ConnectionClosedError,
  DisconnectReason,
  HostKeyError,
  ProtocolError,
} from '../errors.js';
import { HOST_KEYS, HOST_KEYS_PROVE, type LearnHostKeys } from '../host-keys.js';
import { fingerprint } from '../keys/public-key.js';
import { isByteLink, linkFromDuplex, type ByteLink, type Duplex } from '../link.js';
import type { Negotiated } from '../transport/negotiation.js';
import { rekeyLimits } from '../transport/rekey.js';
import { authenticate, type PlainCredential } from '../userauth/credentials.js';
import { VERSION } from '../version.js';
import { concatenate } from '../wire/concatenate.js';
import type { ConnectOptions, HostKeyVerifier } from './options.js';
import { RemoteProcess, type ProcessExit, type ProcessRequest, type PtyOptions } from './process.js';

export interface ExecOptions {
  readonly stdin?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command gets a terminal only if this asks for one. */
  readonly pty?: PtyOptions;
}

export interface ShellOptions {
  /** By default a terminal of the usual size; none if this is explicitly `undefined`. */
  readonly pty?: PtyOptions | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** The outcome of a command. */
export interface ExecResult extends ProcessExit {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** In the order in which they are tried; consumed one at a time. */
type Credentials = Iterable<PlainCredential> | AsyncIterable<PlainCredential>;

const DEFAULT_TIMEOUT = 120_000;
/** The engine always needs a deadline; without a timeout, this one never arrives. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** Security: no host key is ever accepted silently. */
export function checkVerifier({ verifyHostKey }: Pick<ConnectOptions, 'verifyHostKey'>): void {
  if (typeof verifyHostKey === 'function') return;
  throw new ConfigurationError(
    'verifyHostKey is required: a function that judges the host key, such as knownHosts.verify(host)',
  );
}

/** Waits until the host key is accepted, then authenticates if credentials were given. Closes the client on failure. */
export async function logIn<C extends ClientConnection>(
  client: C,
  authenticate: () => Promise<void> | undefined,
): Promise<C> {
  try {
    await client.ready;
    await authenticate();
    return client;
  } catch (error) {
    // If the server's answers violate the protocol, it is told.
    if (error instanceof ProtocolError) client.close(error.message, error.reason);
    else client.close();
    throw error;
  }
}

/** Options with every choice already made. */
export interface ClientOptions
  extends Omit<ConnectOptions, 'crypto' | 'algorithms' | 'hostKeyUpdates' | 'credentials'>, ChosenParts {
  readonly credentials?: Credentials;
  readonly learn?: LearnHostKeys;
}

export class ClientConnection {
  /** Settles when the server's host key is accepted. */
  readonly ready: Promise<void>;
  /** Settles when the connection is over: with the reason, or undefined if this side closed it. */
  readonly closed: Promise<Error | undefined>;
  readonly #engine: Engine;
  readonly #driver: Driver;
  readonly #clock: Clock;
  #onBanner: ((text: string) => void) | undefined;
  /** Whether known_hosts, and nothing else, vouched for the server. */
  #isKnownHost = false;
  readonly #learner: ReturnType<LearnHostKeys> | undefined;

  constructor(stream: Duplex | ByteLink, options: ClientOptions) {
    const clock = options.clock ?? systemClock;
    const { algorithms } = options;
    const requiredRsaSize = readRequiredRsaSize(options.requiredRsaSize);
    this.#clock = clock;
    this.#learner = this.#createLearner(options, algorithms, requiredRsaSize);
    this.#onBanner = options.onBanner;
    let resolveReady: () => void;
    let rejectReady: (error: Error) => void;
    let resolveClosed: (error: Error | undefined) => void;
    this.ready = new Promise((resolve, reject) => {
      resolveReady = resolve;
      rejectReady = reject;
    });
    this.closed = new Promise((resolve) => {
      resolveClosed = resolve;
    });
    this.#engine = new Engine(
      {
        role: 'client',
        crypto: options.crypto,
        ...algorithms,
        software: options.software ?? `Nacre_${VERSION}`,
        hostKeys: [],
        verifyHostKey: async (blob, algorithm) => {
          const fault = hostKeySizeFault(algorithms.tables.signatures[algorithm], blob, requiredRsaSize);
          if (fault !== undefined) throw new HostKeyError(fault);
          this.#isKnownHost = await verify(options.verifyHostKey, blob, algorithm);
        },
        rekey: rekeyLimits(options.rekey),
        allowPrefixTruncation: options.allowPrefixTruncation === true,
        connectionLimits: DEFAULT_CONNECTION_LIMITS,
        loginGrace: options.timeout ?? DEFAULT_TIMEOUT,
        keyExchangeGrace: NEVER,
        keepalive: checkKeepalive(options.keepalive),
      },
      this.#events({
        ready: () => resolveReady(),
        closed: (error) => {
          rejectReady(error ?? new ConnectionClosedError());
          resolveClosed(error);
        },
      }),
      clock.now(),
    );
    // Only now, when nothing is wrong with the options: the stream of a refused call is its caller's.
    this.#driver = new Driver(isByteLink(stream) ? stream : linkFromDuplex(stream), clock);
    // A caller that never looks at `ready` must not get an unhandled rejection from it.
    this.ready.catch(() => undefined);
    const abort = (): void => this.close();
    options.signal?.addEventListener('abort', abort, { once: true });
    void this.closed.then(() => options.signal?.removeEventListener('abort', abort));
    this.#driver.start(this.#engine);
    if (options.signal?.aborted === true) this.close();
  }

  /** The server's host key blob, available once `ready` settles. */
  get hostKey(): Uint8Array | undefined {
    return this.#engine.transport.hostKey;
  }

  get negotiated(): Negotiated | undefined {
    return this.#engine.transport.negotiated;
  }

  /** The server's identification string. */
  get identification(): string | undefined {
    return this.#engine.transport.identifications.remote;
  }

  /** Tries credentials in turn. @throws AuthenticationError if none is accepted. */
  async authenticate(user: string, credentials: Credentials): Promise<void> {
    const login = authenticate(this.#engine.userauth, user, credentials);
    // A person who is asked for a password may never answer: the end of the connection then ends the wait.
    await Promise.race([login, this.#driver.over.then(() => this.#rejectAsClosed())]);
  }

  /** RFC 4252 §5.2: the methods offered to this user, learned by a `none` request; `authenticated` if that sufficed. */
  async authMethods(user: string): Promise<{ readonly methods: readonly string[]; readonly authenticated: boolean }> {
    const reply = await this.#engine.userauth.request(user, 'none', new Uint8Array(0));
    return { methods: reply.kind === 'failure' ? reply.methods : [], authenticated: reply.kind === 'success' };
  }

  /**
   * Runs a command and collects its output.
   * @throws ChannelOpenError, ChannelRequestError, or the connection's own error; TypeError if `stdin` is neither text nor
   * bytes, before anything runs.
   */
  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const { stdin = '' } = options;
    if (typeof stdin !== 'string') assertBytes(stdin);
    const process = await this.spawn(command, options);
    const [stdout, stderr, exit] = await Promise.all([
      collect(() => process.read()),
      collect(() => process.readError()),
      process.exited,
      // A command need not read its input.
      process.write(stdin).then(
        () => process.end(),
        () => undefined,
      ),
    ]);
    const isKnown = exit.exitCode !== undefined || exit.signal !== undefined;
    // The output is whole, or reading would have failed; how the command ended is not known.
    if (!isKnown && this.#engine.isClosed) return this.#rejectAsClosed();
    return { stdout, stderr, ...exit };
  }

  /** Starts a command and returns its streams. */
  spawn(command: string, options: Omit<ExecOptions, 'stdin'> = {}): Promise<RemoteProcess> {
    return this.whileOpen(this.#start({ type: 'exec', command }, options));
  }

  /** Starts a shell, with a terminal unless told otherwise. */
  shell(options: ShellOptions = {}): Promise<RemoteProcess> {
    return this.whileOpen(this.#start({ type: 'shell' }, { pty: {}, ...options }));
  }

  subsystem(name: string): Promise<RemoteProcess> {
    return this.whileOpen(this.#start({ type: 'subsystem', name }, {}));
  }

  /** Starts a rekey (RFC 4253 §9) unless one is under way; before the login, once that is over. */
  rekey(): void {
    if (this.#engine.isClosed) return;
    this.#engine.transport.rekey();
    this.#engine.pump();
  }

  /** Makes one round trip. @returns its time in ms. @throws LimitError if many are in progress, or what ends the connection. */
  async ping(): Promise<number> {
    const start = this.#clock.now();
    await roundTrip(this.#engine);
    return this.#clock.now() - start;
  }

  protected get engine(): Engine {
    return this.#engine;
  }

  /** The server opens a channel. Security: this client never asked for one, so every channel is refused. */
  protected receiveOpen(incoming: IncomingChannel): void {
    incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'not asked for');
  }

  /** Requests everything that a session must have before it starts. */
  protected async prepare(process: RemoteProcess, { env = {}, pty }: ShellOptions): Promise<void> {
    for (const [name, value] of Object.entries(env)) process.setVariable(name, value);
    if (pty !== undefined) await process.requestPty(pty);
  }

  /** Ends the connection with SSH_MSG_DISCONNECT; `reason` as in RFC 4253 §11.1. */
  close(description = 'closed by the client', reason: number = DisconnectReason.BY_APPLICATION): void {
    this.#engine.disconnect(reason, description);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#driver.over;
  }

  /** Settles as `work` does, which asks the server for something. @throws what ended the connection, if that came first. */
  protected async whileOpen<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (this.#engine.isClosed) return this.#rejectAsClosed();
      throw error;
    }
  }

  /** A channel whose request the server refuses is closed. */
  async #start(request: ProcessRequest, options: ShellOptions): Promise<RemoteProcess> {
    const process = await this.#openSession();
    try {
      await this.prepare(process, options);
      await process.start(request);
      return process;
    } catch (error) {
      process.close();
      throw error;
    }
  }

  #openSession(): Promise<RemoteProcess> {
    return new Promise((resolve, reject) => {
      this.#engine.assertLive();
      this.#engine.multiplexer.open('session', new Uint8Array(0), (outcome) => {
        if ('channel' in outcome) {
          const opened = new RemoteProcess(outcome.channel);
          resolve(opened);
          return opened;
        }
        reject(new ChannelOpenError(outcome.code, outcome.description));
        return undefined;
      });
    });
  }

  #createLearner(
    { crypto, learn }: ClientOptions,
    { tables, offer }: OfferedAlgorithms,
    requiredRsaSize: number,
  ): ReturnType<LearnHostKeys> | undefined {
    return learn?.({
      crypto,
      signatures: tables.signatures,
      accepted: offer.hostKeys,
      requiredRsaSize,
      ask: (fields, answered) => this.#engine.multiplexer.request(HOST_KEYS_PROVE, fields, answered),
      guard: (work) => this.#engine.guard(work),
    });
  }

  #globalRequest(request: IncomingGlobalRequest): undefined {
    const { sessionId, hostKey, negotiated } = this.#engine.transport;
    const isAnnouncement = request.name === HOST_KEYS && this.#isKnownHost;
    if (isAnnouncement && sessionId !== undefined && hostKey !== undefined && negotiated !== undefined) {
      this.#learner?.receive(request.fields, { sessionId, hostKey, hostKeyAlgorithm: negotiated.hostKey });
    }
    request.answer(false);
  }

  /** @throws what ended the connection. */
  async #rejectAsClosed(): Promise<never> {
    throw (await this.closed) ?? new ConnectionClosedError();
  }

  #events(own: { ready: () => void; closed: (error: Error | undefined) => void }): EngineEvents {
    return {
      output: () => this.#driver.output(),
      resumed: () => this.#driver.resumed(),
      ready: () => own.ready() as undefined,
      authenticated: () => undefined,
      userauthClient: (port, succeed) =>
        createUserauthClient(port, succeed, (text) => this.#onBanner?.(text) as undefined),
      open: (incoming) => this.receiveOpen(incoming) as undefined,
      globalRequest: (request) => this.#globalRequest(request),
      restore: () => {
        throw new ConfigurationError('a client is not resumed');
      },
      closed: (error) => {
        own.closed(error);
        this.#driver.closed();
        return undefined;
      },
    };
  }
}

/** What to do about a key that was refused. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['unknown', "unknown: compare it with the server's own, then add it to known_hosts"],
  ['changed', 'changed: ask whoever runs the server, before you replace the key in known_hosts'],
]);

/**
 * Security: if a verifier fails in any way, the key is not accepted.
 * @returns true if the key was already known, not merely accepted.
 */
async function verify(verifier: HostKeyVerifier, blob: Uint8Array, algorithm: string): Promise<boolean> {
  let judgement: unknown;
  try {
    judgement = await verifier({ algorithm, blob, fingerprint: fingerprint(blob) });
  } catch (cause) {
    // It says what is wrong with the key.
    if (cause instanceof HostKeyError) throw cause;
    throw new HostKeyError('the host key could not be verified', { cause });
  }
  if (judgement === true || judgement === 'trusted') return judgement === 'trusted';
  const why = typeof judgement === 'string' ? (ADVICE.get(judgement) ?? judgement) : 'not accepted';
  throw new HostKeyError(`the host key ${fingerprint(blob)} is ${why}`);
}

async function collect(read: () => Promise<Uint8Array | undefined>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) chunks.push(chunk);
  return concatenate(chunks);
}

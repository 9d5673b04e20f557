/** A running server: its parts joined, and its connections. */
import type { Signer } from '../algorithms/algorithm.js';
import { readRequiredRsaSize } from '../algorithms/host-key-size.js';
import type { ChosenParts } from '../algorithms/offer.js';
import { loadCrypto, type CryptoSource } from '../crypto/provider.js';
import { dateOf, systemClock, type Clock } from '../driver.js';
import { Engine } from '../engine/engine.js';
import type { EngineOptions } from '../engine/options.js';
import {
  aged,
  decodeSnapshot,
  processLedger,
  restore,
  type SnapshotContent,
  type SnapshotLedger,
} from '../engine/snapshot.js';
import { ConfigurationError, ConnectionClosedError, SnapshotError } from '../errors.js';
import { isByteLink, linkFromDuplex, type ByteLink, type Duplex, type Peer } from '../link.js';
import { rekeyLimits } from '../transport/rekey.js';
import { UserauthServer } from '../userauth/server.js';
import { VERSION } from '../version.js';
import { showThrown } from '../wire/printable.js';
import type { Serving } from './channels.js';
import { decodeApplicationState, LiveConnection, type ConnectionHost } from './connection.js';
import { Door } from './door/door.js';
import { HookRunner, isGranted, isRejected } from './hook-runner.js';
import type { Hooks } from './hooks.js';
import { watchIdleness } from './idle-watch.js';
import type { LogSink } from './log/log.js';
import { createLogger } from './log/logger.js';
import { createLogins, HookAuthenticator, type Logins } from './login/authenticator.js';
import { readPolicy } from './login/policy.js';
import type { HostKeySource } from './key-store.js';
import { readLimits, type ServerLimits, type ServerOptions } from './options.js';
import { OwnHostKeys } from './own-host-keys.js';
import { ServedConnection, type ServerDuties } from './served-connection.js';
import type { ServerConnection } from './server-connection.js';
import type { CloseOptions, Server, ServerState } from './server.js';
import type { Session } from './session/session.js';
import { SessionSource } from './session/source.js';
import { describeConnections, type ServerStats } from './stats.js';
import { describeVisitor, type Upgrade } from './visitor.js';
import { within } from './within.js';

/** How long a graceful close waits for sessions to end, in ms. */
const CLOSE_DEADLINE = 30_000;
/** How long a hook may take once its user is logged in, in ms. */
const HOOK_TIMEOUT = 30_000;

/** Options with every choice already made. */
type ChosenServerOptions = Omit<ServerOptions, 'crypto' | 'algorithms'> & ChosenParts<CryptoSource>;

export class LiveServer implements Server {
  readonly #options: ChosenServerOptions;
  readonly #hooks: Hooks;
  readonly #limits: ServerLimits;
  readonly #software: string;
  readonly #clock: Clock;
  readonly #log: LogSink | undefined;
  readonly #ledger: SnapshotLedger;
  readonly #serving: Serving;
  readonly #host: ConnectionHost;
  #sessions: SessionSource | undefined;
  #starting: Promise<void> | undefined;
  /** Created along with the crypto, which may have to be loaded. */
  #logins: Logins | undefined;
  readonly #connections = new Set<LiveConnection>();
  /** Shared by all connections, until the host keys change. */
  #engineOptions: EngineOptions | undefined;
  readonly #duties: ServerDuties;
  readonly #door: Door;
  readonly #hostKeys: OwnHostKeys;
  #nextId = 1;
  /** Hooks currently deciding whether to admit somebody. */
  #asking = 0;
  #state: ServerState = 'open';
  #resolveClosed: () => void = () => undefined;
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolveClosed = resolve;
  });

  constructor(options: ChosenServerOptions) {
    this.#options = options;
    this.#hooks = options.hooks ?? {};
    this.#limits = readLimits(options.limits);
    this.#software = options.software ?? `Nacre_${VERSION}`;
    this.#hostKeys = new OwnHostKeys(options.hostKeys, {
      crypto: options.crypto,
      algorithms: options.algorithms,
      requiredRsaSize: readRequiredRsaSize(options.requiredRsaSize),
      warn: (message) => this.#log?.({ priority: 4, category: 'server', message, fields: {} }),
    });
    this.#clock = options.clock ?? systemClock;
    this.#log = createLogger(this.#hooks.log, [options.logger ?? []].flat());
    this.#ledger = options.ledger ?? processLedger;
    this.#serving = {
      hooks: this.#hooks,
      sessions: this.#limits.sessions,
      handler: () => options.session ?? this.#sessions?.handler,
      motd: options.motd,
      forwarding: options.forwarding,
      policy: readPolicy(options.policy),
      clock: this.#clock,
    };
    this.#host = { clock: this.#clock, hookTimeout: options.timeouts?.hook ?? HOOK_TIMEOUT, log: this.#log };
    this.#door = new Door(this.#limits, this.#clock, this.#software);
    this.#duties = {
      serving: this.#serving,
      userauth: (connection, context, state) => {
        const authenticator = new HookAuthenticator(this.#logins!, connection, connection.runner);
        const { banner = '' } = options;
        const full = Object.assign(context, { authenticator, banner, limits: this.#limits.userauth });
        connection.userauth = new UserauthServer(full, state);
        return connection.userauth;
      },
      authenticated: (connection) => {
        this.#door.authenticated();
        this.#settle(connection);
      },
      over: (connection) => this.#over(connection),
    };
  }

  get state(): ServerState {
    return this.#state;
  }

  get stats(): ServerStats {
    return { ...this.#door.counts, ...describeConnections(this.#connections) };
  }

  get connections(): readonly ServerConnection[] {
    return [...this.#connections];
  }

  setHostKeys(hostKeys: HostKeySource): void {
    this.#hostKeys.use(hostKeys);
  }

  async ready(): Promise<void> {
    await this.start();
    if (!this.#hostKeys.isLate) await this.hostKeys();
  }

  hostKeys(): Promise<readonly Signer[]> {
    return this.#hostKeys.load();
  }

  start(): Promise<void> {
    if (this.#starting !== undefined) return this.#starting;
    const { start } = this.#hooks;
    const { clock, hookTimeout, log } = this.#host;
    const runner = new HookRunner(clock, hookTimeout, {
      log: (priority, category, message, fields) => log?.({ priority, category, message, fields }),
    });
    this.#starting = runner.ask('start', start && (() => start(this)), (answer) => {
      if (isGranted(answer)) return;
      const reason = isRejected(answer) ? answer.reason : 'it gave neither accept nor nothing';
      throw new ConfigurationError(`the server does not start: the hook "start" refused: ${reason}`);
    });
    return this.#starting;
  }

  sessions(): AsyncIterable<Session> {
    if (this.#options.session !== undefined)
      throw new ConfigurationError('sessions are handled by the option "session": leave it out to take them yourself');
    return (this.#sessions ??= new SessionSource());
  }

  accept(stream: Duplex | ByteLink, peer: Peer = stream.peer ?? {}): Promise<void> {
    return this.#accept(this.#createConnection(peer), stream);
  }

  async admit(peer: Peer, upgrade?: Upgrade): Promise<((stream: Duplex | ByteLink) => Promise<void>) | undefined> {
    if (this.#state !== 'open' || this.#asking >= this.#limits.unauthenticated) return undefined;
    const connection = this.#createConnection(peer);
    if (this.#door.refusesSource(connection)) return undefined;
    this.#asking += 1;
    try {
      await this.start();
      if (!(await within(this.#clock, this.#limits.loginGrace, this.#isWelcome(connection, upgrade)))) return undefined;
      return (stream) => this.#accept(connection, stream, true);
    } catch {
      return undefined;
    } finally {
      this.#asking -= 1;
    }
  }

  /** Async only for web streams: an async call would stay in memory for as long as the connection. */
  #accept(connection: LiveConnection, stream: Duplex | ByteLink, isWelcome = false): Promise<void> {
    if (!isByteLink(stream)) return this.#acceptStreams(connection, stream, isWelcome);
    if (this.#state !== 'open') {
      stream.destroy();
      return Promise.resolve();
    }
    const run = (isAdmitted: boolean): Promise<void> => {
      if (!isAdmitted) return Promise.resolve();
      const served = this.#serve(connection, stream);
      void this.#begin(served, isWelcome);
      return served.driver.over;
    };
    const admitted = this.#door.admit(connection, stream);
    return typeof admitted === 'boolean' ? run(admitted) : admitted.then(run);
  }

  async #acceptStreams(connection: LiveConnection, streams: Duplex, isWelcome: boolean): Promise<void> {
    return this.#accept(connection, linkFromDuplex(streams), isWelcome);
  }

  async resume(snapshot: Uint8Array, stream: Duplex | ByteLink): Promise<void> {
    if (this.#state !== 'open') throw new ConnectionClosedError('the server is closed');
    const link = isByteLink(stream) ? stream : linkFromDuplex(stream);
    const content = decodeSnapshot(snapshot);
    const { peer, state, hasAllSessions } = restore(() => decodeApplicationState(content.application));
    if (!(await this.#ledger.claim(content.connection, content.generation)))
      throw new SnapshotError('this snapshot, or a later one, has been resumed before');
    const connection = this.#createConnection(peer);
    connection.state = state;
    connection.hasAllSessions = hasAllSessions;
    this.#door.enter(connection);
    const served = this.#serve(connection, link);
    await this.#begin(served, true, aged(content, dateOf(this.#clock)));
    await served.driver.over;
  }

  async close({ graceful = false, deadline = CLOSE_DEADLINE }: CloseOptions = {}): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    const over = Promise.all([...this.#connections].map(({ driver }) => driver?.over));
    const end = (): void => {
      for (const connection of this.#connections) connection.dismiss();
    };
    if (graceful) for (const connection of this.#connections) connection.finish();
    else end();
    // For those that were told to finish and have not; otherwise this does nothing.
    const cancel = this.#clock.schedule(end, deadline);
    await over;
    cancel();
    this.#state = 'closed';
    this.#sessions?.end();
    this.#resolveClosed();
  }

  #createConnection(peer: Peer): LiveConnection {
    return new LiveConnection(this.#nextId++, peer, this.#host);
  }

  #isWelcome(connection: LiveConnection, upgrade: Upgrade = {}): boolean | Promise<boolean> {
    const { connection: ask } = this.#hooks;
    if (ask === undefined) return true;
    const visitor = describeVisitor(connection, upgrade, this.#connections);
    return connection.runner.ask('connection', () => ask(visitor, connection), isGranted, false);
  }

  /** The connection counts from here on, before anything is awaited: many may arrive at once. */
  #serve(connection: LiveConnection, link: ByteLink): ServedConnection {
    this.#connections.add(connection);
    return new ServedConnection(connection, link, this.#duties);
  }

  /** @throws what is wrong with `saved`; never throws without it. */
  async #begin(served: ServedConnection, isWelcome: boolean, saved?: SnapshotContent): Promise<void> {
    const { connection, driver } = served;
    try {
      const options = this.#readyOptions(isWelcome) ?? (await this.#prepare(served, isWelcome));
      if (options === undefined || this.#state !== 'open') {
        driver.destroy();
        return;
      }
      const create = (): Engine => new Engine(options, served, this.#clock.now(), saved);
      const engine = saved === undefined ? create() : restore(create);
      connection.engine = engine;
      if (engine.isAuthenticated) this.#settle(connection);
      // Security: a stranger gets one line in the log, when the connection ends, unless everything is logged.
      connection.log(7, 'connection', saved === undefined ? 'accepted' : 'resumed');
      driver.start(engine);
    } catch (error) {
      connection.log(3, 'connection', 'could not be served', { error: showThrown(error) });
      driver.destroy();
      if (saved !== undefined) throw error;
    }
  }

  #over(connection: LiveConnection): void {
    this.#connections.delete(connection);
    connection.over();
    this.#door.over(connection);
  }

  /** The connection is authenticated: it no longer counts as unauthenticated, and is watched for idleness. */
  #settle(connection: LiveConnection): void {
    connection.userauth = undefined;
    this.#door.leave(connection);
    const { multiplexer } = connection.engine!;
    connection.unwatch = watchIdleness(this.#options.timeouts ?? {}, this.#clock, multiplexer, (reason) =>
      connection.disconnect(reason),
    );
  }

  /** The result of `#prepare` if there is nothing to wait for or ask: waiting is most of what such a connection would cost. */
  #readyOptions(isWelcome: boolean): EngineOptions | undefined {
    const options = this.#engineOptions;
    const isAsked = !isWelcome && this.#hooks.connection !== undefined;
    if (isAsked || this.#limits.acceptDelay > 0 || options?.hostKeys !== this.#hostKeys.loaded) return undefined;
    return options;
  }

  /** What is needed before the first byte: the application's consent, and the keys. Undefined refuses. */
  async #prepare(served: ServedConnection, isWelcome: boolean): Promise<EngineOptions | undefined> {
    const prepare = async (): Promise<EngineOptions | undefined> => {
      await this.#door.turn();
      await this.start();
      if (!isWelcome && !(await this.#isWelcome(served.connection))) return undefined;
      return this.#loadEngineOptions();
    };
    const prepared = new Promise<EngineOptions | undefined>((resolve, reject) => {
      // `close` does not wait for hooks.
      served.abandon = () => resolve(undefined);
      prepare().then(resolve, reject);
    });
    try {
      return await within(this.#clock, this.#limits.loginGrace, prepared);
    } finally {
      served.abandon = undefined;
    }
  }

  async #loadEngineOptions(): Promise<EngineOptions> {
    const hostKeys = await this.hostKeys();
    if (this.#engineOptions?.hostKeys === hostKeys) return this.#engineOptions;
    const limits = this.#limits;
    const crypto = await loadCrypto(this.#options.crypto);
    this.#logins ??= createLogins(this.#hooks, this.#options, limits.maxKeys, this.#clock, crypto);
    const engineOptions: EngineOptions = {
      role: 'server',
      crypto,
      ...this.#options.algorithms,
      software: this.#software,
      hostKeys,
      verifyHostKey: () => undefined,
      rekey: rekeyLimits(this.#options.rekey),
      allowPrefixTruncation: this.#options.allowPrefixTruncation === true,
      connectionLimits: limits.connection,
      isSmall: limits.connection.budget !== undefined,
      loginGrace: limits.loginGrace,
      keyExchangeGrace: limits.keyExchangeGrace,
      keepalive: this.#options.keepalive,
    };
    this.#engineOptions = engineOptions;
    return engineOptions;
  }
}

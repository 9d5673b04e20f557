/** A client: connects over any stream, runs commands and shells, opens and accepts connections through the server. */
import { certificateRows } from '../algorithms/certificate.js';
import { chooseAlgorithms } from '../algorithms/choice.js';
import { keyExchanges } from '../algorithms/client-table.js';
import * as table from '../algorithms/table.js';
import { takesEndOfWrite } from '../connection/end-of-write.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import { portableCrypto } from '../crypto/portable.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { systemClock } from '../driver.js';
import { ConnectionClosedError } from '../errors.js';
import type { CallLimits } from '../forwarding/call-limits.js';
import type { ChannelStream } from '../forwarding/channel-stream.js';
import {
  ClientForwarding,
  type Dial,
  type ListenOptions,
  type OpenChannelOptions,
  type OpenTcpOptions,
} from '../forwarding/client-forwarding.js';
import type { ForwardListener } from '../forwarding/listener.js';
import { sessionForwardRequests } from '../forwarding/messages.js';
import { guardDisplay, type LentDisplay } from '../forwarding/x11-cookie.js';
import { learnHostKeys } from '../host-keys.js';
import type { ByteLink, Duplex } from '../link.js';
import { plainCredentials, type Credential } from '../userauth/keyboard-interactive-credential.js';
import {
  checkVerifier,
  ClientConnection,
  logIn,
  type ClientOptions,
  type ExecOptions,
  type ExecResult,
  type ShellOptions,
} from './connection.js';
import { knownKeysFirst } from './known-keys-first.js';
import type { ConnectOptions } from './options.js';
import type { RemoteProcess } from './process.js';

/** What a session may reach on the client's side. */
export interface ReachableOptions {
  /** Forwards an agent to the session (`ssh -A`): dialled each time the server asks for it. */
  readonly agent?: Dial;
  /** Forwards an X server to the session (`ssh -X`). */
  readonly display?: LentDisplay;
}

/**
 * Connects over `stream`, checks the host key, and logs in if `credentials` are given.
 * @throws HostKeyError, AuthenticationError, ConnectionLostError, TimeoutError and others of `errors.ts`; the stream is
 * then closed. A ConfigurationError about the options leaves it as it was.
 */
export async function connect(stream: Duplex | ByteLink, { credentials, ...options }: ConnectOptions): Promise<Client> {
  checkVerifier(options);
  const client = startClient(stream, { ...options, crypto: options.crypto ?? (await portableCrypto()) });
  return logIn(client, () => credentials && client.authenticate(options.user, credentials));
}

/** Starts to connect. The caller must wait until the client is `ready`. */
export function startClient(
  stream: Duplex | ByteLink,
  { hostKeyUpdates, ...options }: Omit<ConnectOptions, 'credentials'> & { readonly crypto: CryptoProvider },
): Client {
  const { takesCertificates = false, keyTypes = [] } = options.verifyHostKey;
  const certificates = takesCertificates ? certificateRows(table.signatures) : {};
  const signatures = { ...certificates, ...table.signatures };
  const usual = { ...table, keyExchanges, signatures };
  const chosen = chooseAlgorithms('client', usual, options.algorithms, options.crypto.algorithms);
  const certified = Object.values(certificates).map(({ keyType }) => keyType);
  const list = typeof options.algorithms === 'object' ? options.algorithms.hostKeys : undefined;
  const algorithms = knownKeysFirst(chosen, [...certified, ...keyTypes], list);
  const learn = hostKeyUpdates && learnHostKeys(hostKeyUpdates);
  return new Client(stream, { ...options, algorithms, ...(learn && { learn }) });
}

export class Client extends ClientConnection {
  readonly #forwarding: ClientForwarding;
  #hasAllSessions = false;

  constructor(stream: Duplex | ByteLink, options: ClientOptions) {
    super(stream, options);
    const clock = options.clock ?? systemClock;
    this.#forwarding = new ClientForwarding({
      open: (...open) => this.#live().multiplexer.open(...open),
      ask: (name, fields, take) => this.#ask(name, fields, take),
      schedule: (callback, milliseconds) => clock.schedule(callback, milliseconds),
    });
    void this.closed.then(() => this.#forwarding.close());
  }

  override authenticate(user: string, credentials: Iterable<Credential> | AsyncIterable<Credential>): Promise<void> {
    return super.authenticate(user, plainCredentials(credentials));
  }

  /** RFC 4254 §7.2: a TCP connection made by the server. @throws ChannelOpenError if it cannot or will not. */
  openTcp(host: string, port: number, options: OpenTcpOptions = {}): Promise<ChannelStream> {
    return this.whileOpen(this.#forwarding.openTcp(host, port, options));
  }

  /** A connection to a Unix socket on the server's machine (OpenSSH's PROTOCOL §2.4). @throws ChannelOpenError */
  openUnix(path: string, options: CallLimits = {}): Promise<ChannelStream> {
    return this.whileOpen(this.#forwarding.openUnix(path, options));
  }

  /** RFC 4254 §5.1: a channel of any type; `fields` are its type-specific fields. @throws ChannelOpenError */
  openChannel(
    type: string,
    fields: Uint8Array = new Uint8Array(0),
    options: OpenChannelOptions = {},
  ): Promise<ChannelStream> {
    return this.whileOpen(this.#forwarding.openChannel(type, fields, options));
  }

  /** RFC 4254 §7.1: asks the server to listen; yields what connects there. @throws ChannelRequestError if refused. */
  listen(options: ListenOptions): Promise<ForwardListener> {
    return this.whileOpen(this.#forwarding.listen(options));
  }

  /** The same for a Unix socket on the server's machine. @throws ChannelRequestError */
  listenUnix(path: string, options: CallLimits & { readonly queueSize?: number } = {}): Promise<ForwardListener> {
    return this.whileOpen(this.#forwarding.listenUnix(path, options));
  }

  override exec(command: string, options: ExecOptions & ReachableOptions = {}): Promise<ExecResult> {
    return super.exec(command, options);
  }

  override async spawn(
    command: string,
    options: Omit<ExecOptions, 'stdin'> & ReachableOptions = {},
  ): Promise<RemoteProcess> {
    this.#refuseAfterLast();
    return super.spawn(command, options);
  }

  override async shell(options: ShellOptions & ReachableOptions = {}): Promise<RemoteProcess> {
    this.#refuseAfterLast();
    return super.shell(options);
  }

  override async subsystem(name: string): Promise<RemoteProcess> {
    this.#refuseAfterLast();
    return super.subsystem(name);
  }

  /** OpenSSH's PROTOCOL §2.2: tells the server to open no more sessions on this connection, whoever takes it over. */
  noMoreSessions(): void {
    this.#live().multiplexer.request('no-more-sessions@openssh.com', new Uint8Array(0));
    this.#hasAllSessions = true;
  }

  protected override receiveOpen(incoming: IncomingChannel): void {
    this.#forwarding.receive(incoming);
  }

  protected override async prepare(process: RemoteProcess, options: ShellOptions & ReachableOptions): Promise<void> {
    process.saysEow = takesEndOfWrite(this.identification);
    await super.prepare(process, options);
    if (options.agent !== undefined) {
      void process.exited.then(this.#forwarding.lend('auth-agent@openssh.com', options.agent));
      await process.ask('auth-agent-req@openssh.com', new Uint8Array(0), 'the server forwards no agent');
    }
    if (options.display !== undefined) await this.#lendDisplay(process, options.display);
  }

  async #lendDisplay(process: RemoteProcess, display: LentDisplay): Promise<void> {
    const { crypto } = this.#live().options;
    const { request, dial } = guardDisplay(display, (length) => crypto.random(length));
    void process.exited.then(this.#forwarding.lend('x11', dial, display.singleConnection));
    const fields = sessionForwardRequests['x11-req'].encode(request);
    await process.ask('x11-req', fields, 'the server forwards no X server');
  }

  /** The server would end the connection if asked for another session. */
  #refuseAfterLast(): void {
    if (this.#hasAllSessions) throw new ConnectionClosedError('there are to be no more sessions');
  }

  #live(): ClientConnection['engine'] {
    this.engine.assertLive();
    return this.engine;
  }

  #ask<T>(name: string, fields: Uint8Array, take: (answer: Uint8Array | undefined) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#live().multiplexer.request(name, fields, (answer): undefined => {
        try {
          resolve(take(answer));
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

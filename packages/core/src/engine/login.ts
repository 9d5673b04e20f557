/** RFC 4253 §10 and RFC 4252, from the first keys to the connection layer: the requested service, and who logs in. */
import type { Awaitable } from '../crypto/provider.js';
import { ConnectionClosedError, ProtocolError, ServiceError } from '../errors.js';
import { SSH_MSG_SERVICE_ACCEPT, SSH_MSG_SERVICE_REQUEST } from '../transport/messages.js';
import type { TransportEvents } from '../transport/options.js';
import type { UserauthClient } from '../userauth/client.js';
import type { Identity } from '../userauth/decision.js';
import type { UserauthServer, UserauthServerState } from '../userauth/server.js';
import type { EngineEvents, LoginPort } from './options.js';
import type { SnapshotContent } from './snapshot.js';

const USERAUTH = 'ssh-userauth';

/** The current stage: waiting for the service request, authenticating the user, or the connection layer. */
export type Progress = 'service' | 'userauth' | 'connection';

export class Login implements TransportEvents {
  progress: Progress = 'service';
  identity: Identity | undefined;
  readonly #port: LoginPort;
  readonly #events: EngineEvents;
  #server: UserauthServer | undefined;
  #client: UserauthClient | undefined;

  constructor(port: LoginPort, events: EngineEvents) {
    this.#port = port;
    this.#events = events;
  }

  get isAuthenticated(): boolean {
    return this.progress === 'connection';
  }

  /** A client's authentication, from `ready` on. */
  get client(): UserauthClient {
    if (this.#client === undefined) throw new ConnectionClosedError('the connection is not ready for authentication');
    return this.#client;
  }

  /** True while something is in progress that a snapshot cannot hold. */
  get isAsking(): boolean {
    return this.#server?.isAsking === true || (this.#client !== undefined && !this.isAuthenticated);
  }

  /** Handles a message from 50 to 79 that the gate let through. */
  handle(payload: Uint8Array): Awaitable<undefined> {
    return this.#server?.handle(payload) ?? this.#client?.handle(payload);
  }

  established(): undefined {
    this.#client = this.#events.userauthClient?.(this.#port, (user) =>
      this.#succeed({ user, method: '', publicKey: undefined, certificate: undefined, restrictions: undefined }),
    );
    if (this.#client !== undefined) this.#port.transport.send(SSH_MSG_SERVICE_REQUEST, { serviceName: USERAUTH });
  }

  serviceRequest(serviceName: string): Awaitable<undefined> {
    // After the first one: each asks the application, and needs an answer.
    this.#server?.countRequest();
    const isAllowed = serviceName === USERAUTH && this.#events.service?.(serviceName);
    if (typeof isAllowed !== 'object') return this.#serve(serviceName, isAllowed !== false);
    return isAllowed.then((allowed) => this.#serve(serviceName, allowed));
  }

  #serve(serviceName: string, isAllowed: boolean): undefined {
    if (!isAllowed) throw new ServiceError('the service is not available');
    if (this.progress === 'service') {
      this.#server = this.#createServer();
      this.progress = 'userauth';
    }
    this.#port.transport.send(SSH_MSG_SERVICE_ACCEPT, { serviceName });
  }

  serviceAccept(serviceName: string): undefined {
    if (serviceName !== USERAUTH) throw new ProtocolError('the server accepted a service that was not asked for');
    this.progress = 'userauth';
    return this.#events.ready();
  }

  isSending(): boolean {
    return this.#port.multiplexer.isSending;
  }

  /** What a snapshot keeps. */
  state(): Pick<SnapshotContent, 'progress' | 'identity' | 'userauth'> {
    return { progress: this.progress, identity: this.identity, userauth: this.#server?.state() };
  }

  restore({ progress, identity, userauth }: SnapshotContent): void {
    this.progress = progress === 'connection' || progress === 'userauth' ? progress : 'service';
    if (this.progress === 'userauth') this.#server = this.#createServer(userauth);
    if (this.progress === 'connection') {
      this.#port.transport.authenticated();
      const { publicKey, certificate } = identity ?? {};
      this.identity = identity && { ...identity, publicKey: publicKey?.slice(), certificate: certificate?.slice() };
    }
  }

  /** The connection is over. */
  close(error: Error | undefined): void {
    this.#server?.close();
    this.#client?.close(error ?? new ConnectionClosedError());
  }

  #createServer(state?: UserauthServerState): UserauthServer {
    const server = this.#events.userauth?.(this.#port, (identity) => this.#succeed(identity), state);
    if (server === undefined) throw new ServiceError('no authentication is configured');
    return server;
  }

  /** Security: the only place where a peer becomes authenticated. */
  #succeed(identity: Identity): void {
    const { transport } = this.#port;
    this.progress = 'connection';
    this.identity = identity;
    this.#server = undefined;
    transport.authenticated();
    transport.extensions.left = 0;
    this.#events.authenticated(identity);
  }
}

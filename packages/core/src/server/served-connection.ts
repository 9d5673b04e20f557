/** A connection as its server runs it: joins driver and engine, and handles the engine's events. */
import type { Channel, ChannelOwner } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import { Driver, type DriverOwner } from '../driver.js';
import type { EngineEvents, LoginPort } from '../engine/options.js';
import { userauthContext } from '../engine/userauth.js';
import type { ByteLink } from '../link.js';
import type { Identity } from '../userauth/decision.js';
import type { UserauthContext, UserauthServer, UserauthServerState } from '../userauth/server.js';
import { ServerChannels, type Serving } from './channels.js';
import type { LiveConnection } from './connection.js';
import { isGranted } from './hook-runner.js';
import type { Hooks } from './hooks.js';
import { messageTap } from './message-tap.js';

/** What is up to the server; one object for all its connections. */
export interface ServerDuties {
  readonly serving: Serving;
  userauth(
    connection: LiveConnection,
    context: UserauthContext,
    state: UserauthServerState | undefined,
  ): UserauthServer;
  authenticated(connection: LiveConnection): void;
  over(connection: LiveConnection): void;
}

/** Methods rather than closures: a server may hold many thousands of idle connections. */
export class ServedConnection implements EngineEvents, DriverOwner {
  readonly connection: LiveConnection;
  readonly driver: Driver;
  readonly message?: (payload: Uint8Array) => boolean;
  /** Abandons what the connection waits for before it starts. */
  abandon: (() => void) | undefined;
  readonly #duties: ServerDuties;
  readonly #channels: ServerChannels;

  constructor(connection: LiveConnection, link: ByteLink, duties: ServerDuties) {
    this.connection = connection;
    this.#duties = duties;
    this.#channels = new ServerChannels(duties.serving, connection);
    this.driver = new Driver(link, duties.serving.clock, this);
    connection.driver = this.driver;
    const { message } = this.#hooks;
    if (message !== undefined) this.message = messageTap(message, connection);
  }

  get #hooks(): Hooks {
    return this.#duties.serving.hooks;
  }

  /** The driver has released the link. */
  over(): void {
    this.abandon?.();
    this.#duties.over(this.connection);
  }

  output(): undefined {
    return this.driver.output();
  }

  resumed(): undefined {
    return this.driver.resumed();
  }

  service(name: string): Promise<boolean> | undefined {
    const { service } = this.#hooks;
    const { connection } = this;
    return service && connection.runner.ask('service', () => service(name, connection), isGranted, false);
  }

  ready(): undefined {
    return undefined;
  }

  userauth(
    port: LoginPort,
    succeed: (identity: Identity) => void,
    state: UserauthServerState | undefined,
  ): UserauthServer {
    return this.#duties.userauth(this.connection, userauthContext(port, succeed), state);
  }

  authenticated({ user, method }: Identity): undefined {
    this.connection.log(5, 'authentication', 'logged in', { user, method });
    this.#duties.authenticated(this.connection);
    this.connection.announceHostKeys();
  }

  open(incoming: IncomingChannel): undefined {
    return this.#channels.open(incoming);
  }

  globalRequest(request: IncomingGlobalRequest): undefined {
    return this.#channels.globalRequest(request);
  }

  restore(channel: Channel, saved: Uint8Array): ChannelOwner {
    return this.#channels.restore(channel, saved);
  }

  closed(error: Error | undefined): undefined {
    const { connection } = this;
    const fields = error === undefined ? {} : { error: error.name, reason: error.message };
    connection.log(error === undefined ? 6 : 5, 'connection', 'closed', fields);
    connection.error = error;
    connection.forwarding?.close();
    this.driver.closed();
  }
}

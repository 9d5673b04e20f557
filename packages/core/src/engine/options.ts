/** The engine's options, and the events it emits. */
import type { Channel, ChannelOwner } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { ConnectionLimits } from '../connection/limits.js';
import type { IncomingChannel, Multiplexer } from '../connection/multiplexer.js';
import type { TransportOptions } from '../transport/options.js';
import type { Transport } from '../transport/transport.js';
import type { UserauthClient } from '../userauth/client.js';
import type { Identity } from '../userauth/decision.js';
import type { UserauthServer, UserauthServerState } from '../userauth/server.js';
import type { DeadlineOptions } from './deadlines.js';

export interface EngineOptions extends TransportOptions, DeadlineOptions {
  readonly connectionLimits: ConnectionLimits;
}

/** What a login needs from its engine. */
export interface LoginPort {
  readonly options: EngineOptions;
  readonly transport: Transport;
  readonly multiplexer: Multiplexer;
  readonly isClosed: boolean;
  sendPayload(payload: Uint8Array): void;
}

/** What the engine tells the façade, synchronously. */
export interface EngineEvents {
  /** There are bytes to take. */
  output(): undefined;
  /** A promise has settled: reading may continue. */
  resumed(): undefined;
  /** Server: a message that the gate let through; true if it has been handled. */
  message?(payload: Uint8Array): boolean;
  /** Server: whether a service may be used; undefined if there is no objection. */
  service?(name: string): Promise<boolean> | undefined;
  /** Client: the server's host key is accepted, and the server will take authentication requests. */
  ready(): undefined;
  /** Server: creates the server side of authentication. A client does not have this, and so need not bundle it. */
  userauth?(
    port: LoginPort,
    succeed: (identity: Identity) => void,
    state: UserauthServerState | undefined,
  ): UserauthServer;
  /** Client: creates the client side of authentication. A server does not have this, and so need not bundle it. */
  userauthClient?(port: LoginPort, succeed: (user: string) => void): UserauthClient;
  authenticated(identity: Identity): undefined;
  open(incoming: IncomingChannel): undefined;
  globalRequest(request: IncomingGlobalRequest): undefined;
  /** Creates the owner of a channel restored from a snapshot. */
  restore(channel: Channel, saved: Uint8Array): ChannelOwner;
  /** The connection is over; `error` says why, undefined if this side closed it. Take what is left, then end the stream. */
  closed(error: Error | undefined): undefined;
}

/** What an engine is given, and whom it tells. */
import type { Channel, ChannelOwner } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { ConnectionLimits, IncomingChannel, Multiplexer } from '../connection/multiplexer.js';
import type { TransportOptions } from '../transport/options.js';
import type { Transport } from '../transport/transport.js';
import type { UserauthClient } from '../userauth/client.js';
import type { Identity } from '../userauth/decision.js';
import type { UserauthServer, UserauthServerState } from '../userauth/server.js';
import type { DeadlineOptions } from './deadlines.js';

export interface EngineOptions extends TransportOptions, DeadlineOptions {
  readonly connectionLimits: ConnectionLimits;
}

/** What a login needs of the engine around it. */
export interface LoginPort {
  readonly options: EngineOptions;
  readonly transport: Transport;
  readonly multiplexer: Multiplexer;
  readonly isClosed: boolean;
  sendPayload(payload: Uint8Array): void;
}

/** What the engine tells the façade. All of it is synchronous. */
export interface EngineEvents {
  /** There are bytes to take. */
  output(): undefined;
  /** A promise has settled: reading may go on. */
  resumed(): undefined;
  /** Server: a message that the gate let through; true where it has been dealt with. */
  message?(payload: Uint8Array): boolean;
  /** Server: whether a service may be used; undefined where nobody minds. */
  service?(name: string): Promise<boolean> | undefined;
  /** Client: the server's host key is accepted, and it will take authentication requests. */
  ready(): undefined;
  /** Server: makes what judges its user. A client has none, and need not carry it either. */
  userauth?(
    port: LoginPort,
    succeed: (identity: Identity) => void,
    state: UserauthServerState | undefined,
  ): UserauthServer;
  /** Client: makes what logs its user in. A server has none, and need not carry it either. */
  userauthClient?(port: LoginPort, succeed: (user: string) => void): UserauthClient;
  authenticated(identity: Identity): undefined;
  open(incoming: IncomingChannel): undefined;
  globalRequest(request: IncomingGlobalRequest): undefined;
  /** Makes the owner of a channel that a snapshot brought back. */
  restore(channel: Channel, saved: Uint8Array): ChannelOwner;
  /** The connection is over; `error` says why, undefined where this side closed it. Take what is left, then end the stream. */
  closed(error: Error | undefined): undefined;
}

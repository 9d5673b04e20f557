/** What a client may ask to have forwarded, and what an adapter must provide for it. */
import type { Awaitable } from '../crypto/provider.js';
import type { ByteLink, Duplex, Peer } from '../link.js';

/** A client's request, discriminated by its protocol name. */
export type ForwardRequest =
  | {
      readonly type: 'direct-tcpip';
      readonly host: string;
      readonly port: number;
      /** The origin of the connection according to the client. */
      readonly originHost: string;
      readonly originPort: number;
      /**
       * The addresses of `host`, looked up once: the addresses judged here are those connected to. @throws the
       * adapter's error; empty if the adapter cannot look names up.
       */
      readonly resolve: () => Promise<readonly string[]>;
    }
  | { readonly type: 'direct-streamlocal@openssh.com'; readonly path: string }
  /** `host` as the client wrote it, often empty or `localhost`; port 0 leaves the choice to the server. */
  | { readonly type: 'tcpip-forward'; readonly host: string; readonly port: number }
  | { readonly type: 'streamlocal-forward@openssh.com'; readonly path: string }
  | { readonly type: 'auth-agent-req@openssh.com' }
  | { readonly type: 'x11-req'; readonly singleConnection: boolean; readonly screenNumber: number };

/** A listener that serves a client. */
export interface Listening {
  /** The TCP port that was bound, if any. */
  readonly port?: number;
  /** Stops listening; open connections stay. */
  close(): void;
}

/** Reports a connection that has arrived at a listener. */
export type Connected = (stream: Duplex | ByteLink, peer: Peer) => void;

/** Listens instead of the adapter: the application's own source of connections. */
export type Listen = (connected: Connected) => Awaitable<Listening>;

/** What the application returns to allow a request: a stream to use, its own way to listen, or `accept` for the adapter's. */
export type ForwardTarget = 'accept' | Duplex | ByteLink | Listen;

/** The sockets of a runtime. Requests that need a missing one are refused. */
export interface Sockets {
  /** The addresses of a name, in the order in which to try them. */
  resolve?(host: string): Promise<readonly string[]>;
  /** `address` is numeric if `resolve` is present. */
  connectTcp?(address: string, port: number, signal: AbortSignal): Promise<Duplex | ByteLink>;
  connectUnix?(path: string, signal: AbortSignal): Promise<Duplex | ByteLink>;
  /** `host` as the client wrote it. */
  listenTcp?(host: string, port: number, connected: Connected): Promise<Listening>;
  listenUnix?(path: string, connected: Connected): Promise<Listening>;
}

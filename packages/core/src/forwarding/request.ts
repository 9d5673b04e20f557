/** What a client may ask to be forwarded, and what an adapter needs to have for it. */
import type { Awaitable } from '../crypto/provider.js';
import type { ByteLink, Duplex, Peer } from '../link.js';

/** A wish of the client, told by the name that it has in the protocol. */
export type ForwardRequest =
  | {
      readonly type: 'direct-tcpip';
      readonly host: string;
      readonly port: number;
      /** Where the client says that the connection came from. */
      readonly originHost: string;
      readonly originPort: number;
      /**
       * The addresses of `host`, looked up once: what is judged here is what is connected to. @throws the adapter's error;
       * empty where the adapter cannot look up.
       */
      readonly resolve: () => Promise<readonly string[]>;
    }
  | { readonly type: 'direct-streamlocal@openssh.com'; readonly path: string }
  /** `host` as the client wrote it, often empty or `localhost`; port 0 leaves it to the server. */
  | { readonly type: 'tcpip-forward'; readonly host: string; readonly port: number }
  | { readonly type: 'streamlocal-forward@openssh.com'; readonly path: string }
  | { readonly type: 'auth-agent-req@openssh.com' }
  | { readonly type: 'x11-req'; readonly singleConnection: boolean; readonly screenNumber: number };

/** A place that is listened at for a client. */
export interface Listening {
  /** The TCP port that was bound, if it is one. */
  readonly port?: number;
  /** Stops listening; connections that are open stay. */
  close(): void;
}

/** Tells of a connection that has come to a place that is listened at. */
export type Connected = (stream: Duplex | ByteLink, peer: Peer) => void;

/** Listens in the place of the adapter: the application's own source of connections. */
export type Listen = (connected: Connected) => Awaitable<Listening>;

/** What the application gives where it allows something: a stream to use, its own way to listen, or leave for the adapter to do it. */
export type ForwardTarget = 'accept' | Duplex | ByteLink | Listen;

/** The sockets of a runtime. What it does not have is refused to clients. */
export interface Sockets {
  /** The addresses of a name, in the order in which to try them. */
  resolve?(host: string): Promise<readonly string[]>;
  /** `address` is numeric wherever there is `resolve`. */
  connectTcp?(address: string, port: number, signal: AbortSignal): Promise<Duplex | ByteLink>;
  connectUnix?(path: string, signal: AbortSignal): Promise<Duplex | ByteLink>;
  /** `host` as the client wrote it. */
  listenTcp?(host: string, port: number, connected: Connected): Promise<Listening>;
  listenUnix?(path: string, connected: Connected): Promise<Listening>;
}

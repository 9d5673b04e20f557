/** What a server's connection and its forwarding know of each other. */
import type { ChannelOwner } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { IncomingChannel, OpenOutcome } from '../connection/multiplexer.js';
import type { Restrictions } from '../keys/restrictions.js';
import type { ChannelStream } from './channel-stream.js';
import type { ForwardRequest, ForwardTarget } from './request.js';

/** `false` refuses whatever the hook says. */
type Switch = false | 'if-hooked';

/** The part of a server's policy that is about forwarding. */
export interface ForwardPolicy {
  readonly localForwarding: Switch;
  readonly remoteForwarding: Switch;
  readonly agentForwarding: Switch;
  readonly x11Forwarding: Switch;
}

/** What the hook says: a verdict, or what `ForwardTarget` has. */
export type ForwardAnswer = { readonly verdict: string } | Exclude<ForwardTarget, 'accept'> | undefined;

/** What a connection gives to its forwarding. */
export interface ForwardingContext {
  readonly policy: ForwardPolicy;
  /** What the key that was proven leaves. */
  readonly restrictions: Restrictions;
  /** Asks the hook `forward`, where there is one; one that throws has refused. Never rejects. */
  readonly ask: ((request: ForwardRequest) => Promise<ForwardAnswer>) | undefined;
  /** Opens a channel to the client. @returns false where there are too many, and then nothing has happened. */
  open(type: string, fields: Uint8Array, opened: (outcome: OpenOutcome) => ChannelOwner | undefined): boolean;
  /** Calls back once after some ms. @returns what undoes it. */
  schedule(callback: () => void, milliseconds: number): () => void;
  log(priority: number, message: string, fields: Readonly<Record<string, string>>): void;
}

/** The client's agent, as a session may use it (OpenSSH's PROTOCOL.agent over each stream). */
export interface ForwardedAgent {
  /** @throws ChannelOpenError where the client opens none. */
  open(): Promise<ChannelStream>;
}

/** RFC 4254 §6.3: the client's X server, as a session may use it. */
export interface ForwardedDisplay {
  readonly authenticationProtocol: string;
  /** In hexadecimal digits: what programs must show, and no more than that. */
  readonly authenticationCookie: string;
  readonly screenNumber: number;
  readonly singleConnection: boolean;
  /** @throws ChannelOpenError where the client opens none. */
  open(origin?: { readonly host: string; readonly port: number }): Promise<ChannelStream>;
}

/** What a session was granted by a request of its own. */
export type SessionForward = { readonly agent: ForwardedAgent } | { readonly display: ForwardedDisplay };

/** Forwarding of one connection. */
export interface ConnectionForwarding {
  /** True while something lives that a snapshot cannot hold. */
  readonly isActive: boolean;
  /** @returns false where the channel is none of its own. */
  openChannel(incoming: IncomingChannel): boolean;
  /** @returns false where the request is none of its own. */
  globalRequest(request: IncomingGlobalRequest): boolean;
  /** A session's wish; undefined where it is refused, or none of its own. */
  sessionRequest(type: string, fields: Uint8Array): Promise<SessionForward | undefined>;
  /** The connection is over. */
  close(): void;
}

/** Forwarding as a value: a server that forwards nothing need not carry it. */
export type Forwarding = (context: ForwardingContext) => ConnectionForwarding;

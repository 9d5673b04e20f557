/** The interface between a server's connection and its forwarding. */
import type { ChannelOwner } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { IncomingChannel, OpenOutcome } from '../connection/multiplexer.js';
import type { Restrictions } from '../keys/restrictions.js';
import type { ChannelStream } from './channel-stream.js';
import type { ForwardRequest, ForwardTarget } from './request.js';

/** `false` refuses whatever the hook says. */
type Switch = false | 'if-hooked';

/** The forwarding part of a server's policy. */
export interface ForwardPolicy {
  readonly localForwarding: Switch;
  readonly remoteForwarding: Switch;
  readonly agentForwarding: Switch;
  readonly x11Forwarding: Switch;
}

/** The hook's answer: a verdict, or a `ForwardTarget`. */
export type ForwardAnswer = { readonly verdict: string } | Exclude<ForwardTarget, 'accept'> | undefined;

/** What a connection provides for its forwarding. */
export interface ForwardingContext {
  readonly policy: ForwardPolicy;
  /** What the proven key leaves. */
  readonly restrictions: Restrictions;
  /** Asks the hook `forward`, if there is one; a hook that throws counts as refusing. Never rejects. */
  readonly ask: ((request: ForwardRequest) => Promise<ForwardAnswer>) | undefined;
  /** Opens a channel to the client. @returns false if there are too many, in which case nothing has happened. */
  open(type: string, fields: Uint8Array, opened: (outcome: OpenOutcome) => ChannelOwner | undefined): boolean;
  /** Calls back once after the given ms. @returns a function that cancels it. */
  schedule(callback: () => void, milliseconds: number): () => void;
  log(priority: number, message: string, fields: Readonly<Record<string, string>>): void;
}

/** The client's agent, as used by a session (OpenSSH's PROTOCOL.agent over each stream). */
export interface ForwardedAgent {
  /** @throws ChannelOpenError if the client refuses. */
  open(): Promise<ChannelStream>;
}

/** RFC 4254 §6.3: the client's X server, as used by a session. */
export interface ForwardedDisplay {
  readonly authenticationProtocol: string;
  /** In hexadecimal: what programs must present, and nothing more. */
  readonly authenticationCookie: string;
  readonly screenNumber: number;
  readonly singleConnection: boolean;
  /** @throws ChannelOpenError if the client refuses. */
  open(origin?: { readonly host: string; readonly port: number }): Promise<ChannelStream>;
}

/** What a session was granted by its own request. */
export type SessionForward = { readonly agent: ForwardedAgent } | { readonly display: ForwardedDisplay };

/** The forwarding of one connection. */
export interface ConnectionForwarding {
  /** True while something exists that a snapshot cannot hold. */
  readonly isActive: boolean;
  /** @returns false if the channel is not a forwarding channel. */
  openChannel(incoming: IncomingChannel): boolean;
  /** @returns false if the request is not a forwarding request. */
  globalRequest(request: IncomingGlobalRequest): boolean;
  /** Handles a session's request; undefined if it is refused, or is not a forwarding request. */
  sessionRequest(type: string, fields: Uint8Array): Promise<SessionForward | undefined>;
  /** The connection is over. */
  close(): void;
}

/** Forwarding is passed in as a value, so that a server that forwards nothing need not carry it. */
export type Forwarding = (context: ForwardingContext) => ConnectionForwarding;

/** The application's say in a server: its hooks, and what they are told. What they answer with is in `verdict.ts`. */
import type { SecurityKeyAssertion } from '../algorithms/algorithm.js';
import type { Certificate } from '../algorithms/certificate.js';
import type { Awaitable } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { ForwardRequest, Listen } from '../forwarding/request.js';
import type { PublicKey } from '../keys/index.js';
import type { ByteLink, Duplex, Peer } from '../link.js';
import type { Ask, HostClaim, OfferedKey } from '../userauth/decision.js';
import type { LogRecord } from './log/log.js';
import type { Account } from './login/account.js';
import type { ServerConnection } from './server-connection.js';
import type { Server } from './server.js';
import type { Session, SessionHandler } from './session/session.js';
import type { Accept, Adjustment, ChangeRequired, HashedPassword, PartialSuccess, Reject, Reply } from './verdict.js';
import type { Visitor } from './visitor.js';

/** A hook's result: a value, nothing, or a promise of either. A hook that throws has refused. */
export type HookResult<T> = Awaitable<T | Reject | undefined | void>;

export interface Attempt {
  /** The account's name, once there is one; before, the name that was asked for. */
  readonly user: string;
  /** The service asked for, `ssh-connection`. */
  readonly service: string;
  readonly method: string;
  /** Failed requests on this connection so far. */
  readonly failures: number;
  /** The methods that were parts of this login so far, in order: what a chain of methods counts on, wherever it begins. */
  readonly passed: readonly string[];
  readonly peer: Peer;
  readonly connection: ServerConnection;
  /** What the hooks that look users up gave, a dummy one for users who are unknown; undefined before. */
  readonly account?: Account;
  /**
   * For `authorizedKeys` and `hostbased` the key that is held up. For `authenticated`, after publickey, the one whose signature
   * was verified, with what a security key vouches for: that somebody touched it has been seen to, the rest is the hook's to judge.
   */
  readonly key?: OfferedKey & {
    /** Of the key itself, where that has a certificate too. */
    readonly fingerprint: string;
    /** What an authority says of it. Security: before the signature is verified, whoever wrote it may have said anything. */
    readonly certificate?: Certificate;
    readonly assertion?: SecurityKeyAssertion;
  };
  /** Aborts when the connection is over: nobody waits for the hook any more. */
  readonly signal: AbortSignal;
}

/** RFC 4254 §5.1: a channel that the client wants. */
export interface ChannelOpen {
  readonly connection: ServerConnection;
  readonly type: string;
  /** The fields that depend on the type. */
  readonly fields: Uint8Array;
}

/** Serves a channel of a type of the application's own; it is closed when the promise settles. */
export type ChannelHandler = (stream: Duplex) => Awaitable<void>;

/** RFC 4254 §4 and §5.4: a request with a name that is not known here. */
export interface UnknownRequest {
  readonly connection: ServerConnection;
  readonly name: string;
  readonly fields: Uint8Array;
  readonly wantReply: boolean;
}

/** A request on a session channel; `session` once there is one. */
export interface UnknownChannelRequest extends Omit<UnknownRequest, 'wantReply'> {
  readonly session: Session | undefined;
}

export type MessageKind = 'transport' | 'service' | 'auth' | 'global' | 'open' | 'channel';

export interface MessageContext {
  readonly connection: ServerConnection;
  /** What it asks for: `auth`, `global`, `open` and `channel` can be answered, the others are only to look at. */
  readonly kind: MessageKind;
  readonly number: number;
  /** As the RFC has them, secrets among them; none where the message is not known, or depends on what is under way (30-49, 61). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Sends a payload to the peer. @throws ConfigurationError for messages of the transport, and for SSH_MSG_USERAUTH_SUCCESS. */
  reply(payload: Uint8Array): void;
}

export interface Hooks {
  /** Before the first connection. Refused: the server does not start. */
  start?(server: Server): HookResult<Accept>;
  /** Before any byte is exchanged. Refused: the stream is closed without an identification, an upgrade answered with HTTP 403. */
  connection?(visitor: Visitor, connection: ServerConnection): HookResult<Accept>;
  /** SSH_MSG_SERVICE_REQUEST for a service that is served, `ssh-userauth`. Refused: SSH_MSG_DISCONNECT 7. */
  service?(name: string, connection: ServerConnection): HookResult<Accept>;
  /** First of three that look a user up, once a connection. `accept`: known, with a dummy account. It logs nobody in. */
  username?(attempt: Attempt): HookResult<Accept | Account>;
  /** Second. Refused: an unknown user. What is no account ends the connection. */
  account?(attempt: Attempt): HookResult<Account>;
  /** Third: the hash in the place of `current`, which is `locked` where there is none. `null` ends the connection; refused: no password login. */
  passwordHash?(attempt: Attempt, current: string): HookResult<string | null>;
  /** Names of the methods to offer now; by default those that have a hook. */
  methods?(attempt: Attempt): HookResult<readonly string[]>;
  none?(attempt: Attempt): HookResult<Accept | PartialSuccess>;
  /**
   * Without an opinion the password is compared with `storedHash`, by the option `passwords`. `newPassword` is set where the
   * client answers `changeRequired`. Security: it is asked about users who are unknown or may not log in too, so that they take
   * as long, and what it grants them is void.
   */
  password?(
    attempt: Attempt,
    password: string,
    storedHash: string,
    newPassword?: string,
  ): HookResult<Accept | PartialSuccess | ChangeRequired | HashedPassword>;
  /** authorized_keys text, parsed keys, or `accept` for exactly the key in `attempt.key`. Nothing may follow from the question. */
  authorizedKeys?(attempt: Attempt): HookResult<Accept | string | readonly PublicKey[]>;
  keyboardInteractive?(attempt: Attempt, ask: Ask): HookResult<Accept | PartialSuccess>;
  /** RFC 4252 §9: whether `attempt.key` is the host key of that host, and whether its user may log in as this one. */
  hostbased?(attempt: Attempt, claim: HostClaim): HookResult<Accept | PartialSuccess>;
  /** After every success: `accept`, or `partial` where more is needed. */
  authenticated?(attempt: Attempt): HookResult<Accept | PartialSuccess>;
  /** Every SSH_MSG_CHANNEL_OPEN. Refused: reason 1. Types that are not known here need a handler. */
  channel?(open: ChannelOpen): HookResult<Accept | ChannelHandler>;
  globalRequest?(request: UnknownRequest): HookResult<Accept | Reply>;
  channelRequest?(request: UnknownChannelRequest): HookResult<Accept>;
  /** Forwarding of any kind that the policy leaves open: a stream to use, a way to listen, or `accept` for the adapter's own. */
  forward?(request: ForwardRequest, connection: ServerConnection): HookResult<Accept | Duplex | ByteLink | Listen>;
  /** Shell, exec or subsystem is asked for: a handler, an exit status where it has been dealt with, or `adjust`. */
  command?(session: Session): HookResult<SessionHandler | number | Adjustment | Accept>;
  /**
   * Synchronous: every incoming message that the gate let through. `accept`: it has been handled. Messages 1 to 49 can only be
   * looked at, and nothing here authenticates.
   */
  message?(context: MessageContext): Accept | Reject | undefined | void;
  /** Synchronous, never awaited: `accept` means that the record goes nowhere else. */
  log?(record: LogRecord): Accept | Reject | undefined | void;
}

const HOOK_NAMES: Readonly<Record<keyof Hooks, true>> = {
  start: true,
  connection: true,
  service: true,
  username: true,
  account: true,
  passwordHash: true,
  methods: true,
  none: true,
  password: true,
  authorizedKeys: true,
  keyboardInteractive: true,
  hostbased: true,
  authenticated: true,
  channel: true,
  globalRequest: true,
  channelRequest: true,
  forward: true,
  command: true,
  message: true,
  log: true,
};

/** @throws ConfigurationError for a hook that does not exist or is no function. */
export function checkHooks(hooks: Hooks): void {
  for (const [name, hook] of Object.entries(hooks)) {
    if (!Object.hasOwn(HOOK_NAMES, name))
      throw new ConfigurationError(`there is no hook "${name}"; there are ${Object.keys(HOOK_NAMES).join(', ')}`);
    if (hook !== undefined && typeof hook !== 'function')
      throw new ConfigurationError(`the hook "${name}" must be a function, not ${typeof hook}`);
  }
}

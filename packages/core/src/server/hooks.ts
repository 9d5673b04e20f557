/** The application's hooks in a server and what they are told. Their answers are in `verdict.ts`. */
import type { SecurityKeyAssertion } from '../algorithms/algorithm.js';
import type { Certificate } from '../algorithms/certificate.js';
import type { Awaitable } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { requireNames } from '../option.js';
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

/** A hook's result: a value, nothing, or a promise of either. A hook that throws counts as refusing. */
export type HookResult<T> = Awaitable<T | Reject | undefined | void>;

export interface Attempt {
  /** The account's name once there is an account; until then the requested name. */
  readonly user: string;
  /** The requested service, `ssh-connection`. */
  readonly service: string;
  readonly method: string;
  /** Failed requests on this connection so far. */
  readonly failures: number;
  /** The methods already completed in this login, in order: a chain of methods relies on them, whichever came first. */
  readonly passed: readonly string[];
  readonly peer: Peer;
  readonly connection: ServerConnection;
  /** What the user lookup hooks returned, or a dummy account for unknown users; undefined before the lookup. */
  readonly account?: Account;
  /**
   * In `authorizedKeys` and `hostbased`, the offered key. In `authenticated` after publickey, the key whose signature
   * was verified, with the assertion of a security key: the touch requirement has been enforced, the rest is for the
   * hook to judge.
   */
  readonly key?: OfferedKey & {
    /** Of the plain key, even if it comes with a certificate. */
    readonly fingerprint: string;
    /** What an authority certifies about the key. Security: until the signature is verified, it may claim anything. */
    readonly certificate?: Certificate;
    readonly assertion?: SecurityKeyAssertion;
  };
  /** Aborts when the connection is over and nobody waits for the hook any more. */
  readonly signal: AbortSignal;
}

/** RFC 4254 §5.1: a channel that the client asks to open. */
export interface ChannelOpen {
  readonly connection: ServerConnection;
  readonly type: string;
  /** The type-specific fields. */
  readonly fields: Uint8Array;
}

/**
 * Serves a channel of an application-defined type; the channel is closed when the promise settles. `readable` fails if
 * the connection ends before the client's input does.
 */
export type ChannelHandler = (stream: Duplex) => Awaitable<void>;

/** RFC 4254 §4 and §5.4: a request whose name the library does not know. */
export interface UnknownRequest {
  readonly connection: ServerConnection;
  readonly name: string;
  readonly fields: Uint8Array;
  readonly wantReply: boolean;
}

/** A request on a session channel; `session` is undefined until a session has started. */
export interface UnknownChannelRequest extends Omit<UnknownRequest, 'wantReply'> {
  readonly session: Session | undefined;
}

export type MessageKind = 'transport' | 'service' | 'auth' | 'global' | 'open' | 'channel';

export interface MessageContext {
  readonly connection: ServerConnection;
  /** What the message concerns: `auth`, `global`, `open` and `channel` can be answered, the others only observed. */
  readonly kind: MessageKind;
  readonly number: number;
  /** Named as in the RFC, secrets included; empty for unknown messages and those that depend on context (30-49, 61). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Sends a payload to the peer. @throws ConfigurationError for transport messages and SSH_MSG_USERAUTH_SUCCESS. */
  reply(payload: Uint8Array): void;
}

export interface Hooks {
  /** Before the first connection. Refused: the server does not start. */
  start?(server: Server): HookResult<Accept>;
  /** Before any byte is exchanged. Refused: the stream is closed with no identification, an upgrade answered with HTTP 403. */
  connection?(visitor: Visitor, connection: ServerConnection): HookResult<Accept>;
  /** SSH_MSG_SERVICE_REQUEST for a service that the server has, `ssh-userauth`. Refused: SSH_MSG_DISCONNECT 7. */
  service?(name: string, connection: ServerConnection): HookResult<Accept>;
  /**
   * First of three that look a user up, once per connection. `accept`: known, with a dummy account. It logs nobody in.
   */
  username?(attempt: Attempt): HookResult<Accept | Account>;
  /** The second. Refused: an unknown user. Anything that is not an account ends the connection. */
  account?(attempt: Attempt): HookResult<Account>;
  /**
   * The third: a hash to use instead of `current`, which is `locked` if there is none. `null` ends the connection;
   * refused: no password login.
   */
  passwordHash?(attempt: Attempt, current: string): HookResult<string | null>;
  /** Names of the methods to offer now; by default those that have a hook. */
  methods?(attempt: Attempt): HookResult<readonly string[]>;
  none?(attempt: Attempt): HookResult<Accept | PartialSuccess>;
  /**
   * Without an opinion, the option `passwords` compares the password with `storedHash`. `newPassword` is set when the
   * client answers `changeRequired`. Security: the hook is also asked about users who are unknown or may not log in, so
   * that they take as long; whatever it grants them is void.
   */
  password?(
    attempt: Attempt,
    password: string,
    storedHash: string,
    newPassword?: string,
  ): HookResult<Accept | PartialSuccess | ChangeRequired | HashedPassword>;
  /** authorized_keys text, parsed keys, or `accept` for exactly `attempt.key`. The key is not proven yet: do not act on it. */
  authorizedKeys?(attempt: Attempt): HookResult<Accept | string | readonly PublicKey[]>;
  keyboardInteractive?(attempt: Attempt, ask: Ask): HookResult<Accept | PartialSuccess>;
  /** RFC 4252 §9: whether `attempt.key` is the host key of that host, and whether its user may log in as this one. */
  hostbased?(attempt: Attempt, claim: HostClaim): HookResult<Accept | PartialSuccess>;
  /** After every success: `accept`, or `partial` if more is needed. */
  authenticated?(attempt: Attempt): HookResult<Accept | PartialSuccess>;
  /** Every SSH_MSG_CHANNEL_OPEN. Refused: reason 1. Types unknown to the library need a handler. */
  channel?(open: ChannelOpen): HookResult<Accept | ChannelHandler>;
  globalRequest?(request: UnknownRequest): HookResult<Accept | Reply>;
  channelRequest?(request: UnknownChannelRequest): HookResult<Accept>;
  /** Any forwarding that the policy does not rule out: a stream to use, a way to listen, or `accept` for the adapter's own. */
  forward?(request: ForwardRequest, connection: ServerConnection): HookResult<Accept | Duplex | ByteLink | Listen>;
  /** A shell, exec or subsystem request: a handler, an exit status if the hook has dealt with it, or `adjust`. */
  command?(session: Session): HookResult<SessionHandler | number | Adjustment | Accept>;
  /**
   * Synchronous: every incoming message that the gate let through. `accept`: the hook has handled it. Messages 1 to 49
   * can only be observed, and nothing here can authenticate.
   */
  message?(context: MessageContext): Accept | Reject | undefined | void;
  /** Synchronous, never awaited. `accept`: the record goes nowhere else. */
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

/** @throws ConfigurationError for a hook that does not exist or is not a function. */
export function checkHooks(hooks: Hooks): void {
  requireNames('hooks', Object.keys(hooks), HOOK_NAMES);
  for (const [name, hook] of Object.entries(hooks)) {
    if (hook !== undefined && typeof hook !== 'function')
      throw new ConfigurationError(`the hook "${name}" must be a function, not ${typeof hook}`);
  }
}

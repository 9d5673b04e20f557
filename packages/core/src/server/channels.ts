/** What an authenticated client may open, request and run: first the application's hooks decide, then the library's own rules. */
import type { Channel, ChannelOwner, IncomingRequest } from '../connection/channel.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import { ChannelOpenReason } from '../connection/messages.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import type { Awaitable } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import { DisconnectReason } from '../errors.js';
import { ChannelStream } from '../forwarding/channel-stream.js';
import type { ConnectionForwarding, Forwarding, SessionForward } from '../forwarding/connection-forwarding.js';
import { HOST_KEYS_PROVE } from '../host-keys.js';
import { showThrown } from '../wire/printable.js';
import type { LiveConnection } from './connection.js';
import { isGranted } from './hook-runner.js';
import type { ChannelHandler, Hooks } from './hooks.js';
import type { Policy } from './login/policy.js';
import { SessionChannel, type Beginning, type SessionServing } from './session/channel.js';
import type { Session, SessionHandler, SessionObject } from './session/session.js';

/** A text, or a function that returns one. */
export type Motd = string | ((session: Session) => Awaitable<string>);

/** What the connections of a server have in common. */
export interface Serving {
  readonly hooks: Hooks;
  /** Session channels per connection. */
  readonly sessions: number;
  /** Runs sessions unless the hook `command` names another handler. */
  handler(): SessionHandler | SessionObject | undefined;
  readonly motd: Motd | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly policy: Policy;
  readonly clock: Clock;
}

const KEEPALIVE = 'keepalive@openssh.com';
/** OpenSSH's PROTOCOL §2.2. */
const NO_MORE_SESSIONS = 'no-more-sessions@openssh.com';

export class ServerChannels implements SessionServing {
  readonly #serving: Serving;
  readonly #connection: LiveConnection;

  constructor(serving: Serving, connection: LiveConnection) {
    this.#serving = serving;
    this.#connection = connection;
  }

  open(incoming: IncomingChannel): undefined {
    const { channel } = this.#serving.hooks;
    if (channel === undefined) return this.#serve(incoming);
    const { type, fields } = incoming;
    const asked = { connection: this.#connection, type, fields };
    const answered = this.#connection.runner.ask(
      'channel',
      () => channel(asked),
      (answer) => {
        const isRefused = typeof answer === 'function' ? this.#isBarred(type) : !isGranted(answer);
        if (isRefused) incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'refused');
        else if (typeof answer === 'function') this.#handle(incoming, answer);
        else this.#serve(incoming);
      },
    );
    answered.catch((error: unknown) => this.fail(error));
  }

  /** RFC 4254 §4: every request that wants a reply gets one; for keepalive@openssh.com a refusal will do. */
  globalRequest(request: IncomingGlobalRequest): undefined {
    const { name, fields, wantReply } = request;
    if (name === HOST_KEYS_PROVE) return this.#connection.proveHostKeys(request);
    if (name === NO_MORE_SESSIONS) {
      this.#connection.hasAllSessions = true;
      request.answer(true);
      return;
    }
    if (this.#forwarding?.globalRequest(request) === true) return;
    const { globalRequest } = this.#serving.hooks;
    if (globalRequest === undefined || name === KEEPALIVE) {
      request.answer(false);
      return;
    }
    const asked = { connection: this.#connection, name, fields, wantReply };
    const answered = this.#connection.runner.ask(
      'globalRequest',
      () => globalRequest(asked),
      (answer) => {
        if (answer?.verdict === 'reply') request.answer(true, answer.fields);
        else request.answer(answer?.verdict === 'accept');
      },
    );
    answered.catch((error: unknown) => this.fail(error));
  }

  restore(channel: Channel, saved: Uint8Array): ChannelOwner {
    const handler = this.#serving.handler();
    const object = typeof handler === 'object' ? handler : undefined;
    return SessionChannel.restore(channel, this.#connection, this, object, saved);
  }

  /** RFC 4254 §5.4: a request on a session that the library does not know. */
  request(session: Session | undefined, { type: name, fields }: IncomingRequest): Awaitable<boolean> {
    const { channelRequest } = this.#serving.hooks;
    if (channelRequest === undefined) return false;
    const asked = { connection: this.#connection, session, name, fields };
    return this.#connection.runner.ask(
      'channelRequest',
      () => channelRequest(asked),
      (answer) => answer?.verdict === 'accept',
    );
  }

  /** A shell, a command or a subsystem was requested, by the client or by its key. Undefined refuses it. */
  start(session: Session): Promise<Beginning | undefined> {
    const { command } = this.#serving.hooks;
    return this.#connection.runner.ask('command', command && (() => command(session)), (answer) => {
      if (typeof answer === 'number') return { handler: () => answer };
      if (typeof answer === 'function') return { handler: answer };
      const isAdjusted = answer?.verdict === 'adjust';
      const handler = isAdjusted || isGranted(answer) ? this.#serving.handler() : undefined;
      return handler && (isAdjusted ? { handler, adjustment: answer } : { handler });
    });
  }

  /** What the client offers to a session: its agent, or its X server. */
  async forward(type: string, fields: Uint8Array): Promise<SessionForward | undefined> {
    return this.#forwarding?.sessionRequest(type, fields);
  }

  /** Security: an error in a hook or in the late handling of a client's message ends this connection and no other. */
  fail(error: unknown): void {
    this.#connection.engine?.guard(() => {
      throw error;
    });
  }

  /** What to show before the handler of a shell with a terminal. */
  greeting(session: Session): Promise<string> {
    const { motd = '' } = this.#serving;
    return this.#connection.runner.ask(
      'motd',
      () => (typeof motd === 'function' ? motd(session) : motd),
      (text) => (typeof text === 'string' ? text : ''),
    );
  }

  #serve(incoming: IncomingChannel): undefined {
    if (incoming.type !== 'session') {
      if (this.#forwarding?.openChannel(incoming) !== true) refuse(incoming);
      return;
    }
    if (this.#connection.hasAllSessions) {
      // As in OpenSSH: whoever asks after that is not who promised to open no more.
      this.#connection.engine?.disconnect(DisconnectReason.PROTOCOL_ERROR, 'there were to be no more sessions');
      return;
    }
    if (this.#connection.isClosing) {
      incoming.reject(ChannelOpenReason.RESOURCE_SHORTAGE, 'the server is closing');
      return;
    }
    const open = this.#connection.engine?.multiplexer.channels ?? [];
    if (open.filter(({ type }) => type === 'session').length >= this.#serving.sessions) {
      incoming.reject(ChannelOpenReason.RESOURCE_SHORTAGE, 'too many sessions');
      return;
    }
    incoming.accept((channel) => new SessionChannel(channel, this.#connection, this));
  }

  /** Created when something is to be forwarded: most connections never ask. */
  get #forwarding(): ConnectionForwarding | undefined {
    const connection = this.#connection;
    const { forwarding, hooks, policy, clock } = this.#serving;
    const { forward } = hooks;
    return (connection.forwarding ??= forwarding?.({
      policy,
      restrictions: connection.restrictions,
      ask:
        forward &&
        ((request) =>
          connection.runner.ask(
            'forward',
            () => forward(request, connection),
            (answer) => answer,
          )),
      open: (type, fields, opened) => {
        const { engine } = connection;
        if (engine === undefined || engine.isClosed || engine.multiplexer.isFull) return false;
        engine.guard(() => engine.multiplexer.open(type, fields, opened));
        return true;
      },
      schedule: (callback, milliseconds) => clock.schedule(callback, milliseconds),
      log: (priority, message, fields) => connection.log(priority, 'session', message, fields),
    }));
  }

  /** Security: an application's own handler cannot serve what the policy or the proven key rules out. */
  #isBarred(type: string): boolean {
    const { command, portForwarding, permitOpen } = this.#connection.restrictions;
    if (type === 'session') return command !== undefined;
    const isFree = this.#serving.policy.localForwarding !== false && portForwarding && permitOpen === undefined;
    return type.startsWith('direct-') && !isFree;
  }

  /** A channel of an application-defined type. */
  #handle(incoming: IncomingChannel, handler: ChannelHandler): void {
    incoming.accept((channel) => {
      const stream = new ChannelStream(channel);
      void this.#run(stream, channel, handler);
      return stream.owner;
    });
  }

  async #run(stream: ChannelStream, channel: Channel, handler: ChannelHandler): Promise<void> {
    try {
      await handler(stream);
    } catch (error) {
      // It is not an error if a handler was still reading or writing when its client left.
      if (!channel.isClosed) this.#connection.log(3, 'session', 'a handler failed', { error: showThrown(error) });
    }
    stream.close();
  }
}

/** Distinguishes channels that could be forwarded if allowed from unknown ones. */
function refuse(incoming: IncomingChannel): void {
  if (incoming.type.startsWith('direct-'))
    incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'forwarding is not allowed');
  else incoming.reject(ChannelOpenReason.UNKNOWN_CHANNEL_TYPE, 'no such channels are served');
}

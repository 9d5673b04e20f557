/** One connection of a server, joining the parts that serve it. */
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import { equalBytes } from '../crypto/provider.js';
import { dateOf, type Clock, type Driver } from '../driver.js';
import type { Engine } from '../engine/engine.js';
import { roundTrip } from '../engine/round-trip.js';
import { takeSnapshot } from '../engine/snapshot.js';
import { ConnectionClosedError, DisconnectReason, SnapshotError, SnapshotRefusedError } from '../errors.js';
import type { ConnectionForwarding } from '../forwarding/connection-forwarding.js';
import { announcement, HOST_KEYS, HostKeyProver } from '../host-keys.js';
import { fingerprint } from '../keys/public-key.js';
import { UNRESTRICTED, type Restrictions } from '../keys/restrictions.js';
import type { Peer } from '../link.js';
import type { Negotiated } from '../transport/negotiation.js';
import type { UserauthServer } from '../userauth/server.js';
import { boolean, optional, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { printable } from '../wire/printable.js';
import { decodeStructured } from '../wire/structured.js';
import { HookRunner } from './hook-runner.js';
import type { LogRecord, LogSink } from './log/log.js';
import { Mailbox } from './mailbox.js';
import type { ServerConnection } from './server-connection.js';
import { encodeState } from './session/state.js';

/** How much of a text is logged, in UTF-16 units. */
const MAXIMUM_LOGGED = 256;

const applicationState = record({
  state: string,
  remoteAddress: optional(text),
  remotePort: optional(uint32),
  isDirect: boolean,
  hasAllSessions: boolean,
});

/** What the connections of a server have in common. */
export interface ConnectionHost {
  readonly clock: Clock;
  /** How long a hook may take, in ms. */
  readonly hookTimeout: number;
  /** Undefined if nobody listens. */
  readonly log: LogSink | undefined;
}

export class LiveConnection implements ServerConnection {
  readonly id: number;
  readonly peer: Peer;
  state: unknown = undefined;
  /** Stops the watch for idleness. */
  unwatch: (() => void) | undefined;
  engine: Engine | undefined;
  driver: Driver | undefined;
  /** Why it ended, unless this side wished it. */
  error: Error | undefined;
  /** Authenticates its user, until one is logged in. */
  userauth: UserauthServer | undefined;
  isClosing = false;
  /** Ends it in its own turn, at whatever stage it is; without a word if none is given. */
  evict!: (last?: readonly [reason: number, description: string]) => void;
  /** OpenSSH's PROTOCOL §2.2: the client has said that it opens no more sessions. */
  hasAllSessions = false;
  /** Set once something was to be forwarded. */
  forwarding: ConnectionForwarding | undefined;
  #closing: AbortController | undefined;
  mailbox: Mailbox | undefined;
  #runner: HookRunner | undefined;
  readonly #host: ConnectionHost;
  #prover: HostKeyProver | undefined;

  constructor(id: number, peer: Peer, host: ConnectionHost) {
    this.id = id;
    this.peer = peer;
    this.#host = host;
    // Interop: in workerd only the request that brought a socket may use it, and who evicts this one may be another. A promise
    // continues where it was made.
    void new Promise<Parameters<typeof this.evict>[0]>((resolve) => {
      this.evict = resolve;
    }).then((last) => {
      if (last === undefined || this.engine === undefined) this.driver?.destroy();
      else this.engine.disconnect(...last);
    });
  }

  /** Runs its hooks one at a time. */
  get runner(): HookRunner {
    return (this.#runner ??= new HookRunner(this.#host.clock, this.#host.hookTimeout, this));
  }

  /** The link is gone: nobody waits any more, and nothing is watched. */
  over(): void {
    this.mailbox?.end();
    this.unwatch?.();
    // Creates the runner if there is none: a hook may be about to be asked.
    this.runner.close();
  }

  post(value: unknown): void {
    (this.mailbox ??= new Mailbox()).post(value);
  }

  get messages(): AsyncIterable<unknown> {
    return (this.mailbox ??= new Mailbox()).read();
  }

  get user(): string {
    return this.engine?.identity?.user ?? '';
  }

  get method(): string | undefined {
    return this.engine?.identity?.method;
  }

  get keyFingerprint(): string | undefined {
    const key = this.engine?.identity?.publicKey;
    return key && fingerprint(key);
  }

  get certificate(): Uint8Array | undefined {
    return this.engine?.identity?.certificate;
  }

  get restrictions(): Restrictions {
    return this.engine?.identity?.restrictions ?? UNRESTRICTED;
  }

  get identification(): string | undefined {
    return this.engine?.transport.identifications.remote;
  }

  get negotiated(): Negotiated | undefined {
    return this.engine?.transport.negotiated;
  }

  disconnect(description = 'closed by the server'): void {
    this.engine?.disconnect(DisconnectReason.BY_APPLICATION, description);
  }

  get closing(): AbortSignal {
    this.#closing ??= new AbortController();
    if (this.isClosing) this.#closing.abort();
    return this.#closing.signal;
  }

  /** The server is closing: ends it now. */
  dismiss(): void {
    this.evict([DisconnectReason.BY_APPLICATION, 'the server is closing']);
  }

  /** Asks whoever serves it to finish, and ends it with its last channel. */
  finish(): void {
    this.isClosing = true;
    this.#closing?.abort();
    const multiplexer = this.engine?.multiplexer;
    const [channel] = multiplexer?.channels ?? [];
    if (!multiplexer || channel === undefined) this.dismiss();
    // In its own turn, which is after the channel's own last messages.
    else multiplexer.whenEmpty = () => this.dismiss();
  }

  rekey(): void {
    // DISCONNECT must be the last message, and after a snapshot the keys belong to somebody else.
    if (this.engine?.isClosed !== false) return;
    this.engine.transport.rekey();
    this.engine.pump();
  }

  async ping(): Promise<void> {
    if (this.engine === undefined) throw new ConnectionClosedError('the connection has not begun');
    return roundTrip(this.engine);
  }

  /** Tells the client all host keys, so that it already knows the others when one is replaced. */
  announceHostKeys(): void {
    const { options, multiplexer } = this.engine!;
    multiplexer.request(HOST_KEYS, announcement(options));
  }

  /** OpenSSH's PROTOCOL §2.5: the client wants proof that we hold those keys. */
  proveHostKeys(request: IncomingGlobalRequest): undefined {
    const { sessionId, hostKey, negotiated } = this.engine!.transport;
    if (sessionId === undefined || hostKey === undefined || !negotiated) {
      request.answer(false);
      return;
    }
    this.#prover ??= new HostKeyProver(this.engine!.options.hostKeys);
    void this.#prover.answer(request, { sessionId, hostKey, hostKeyAlgorithm: negotiated.hostKey });
  }

  snapshot(): Uint8Array {
    if (this.engine === undefined) throw new SnapshotRefusedError('closed', 'the connection has not begun');
    const { remoteAddress, remotePort, isDirect = false } = this.peer;
    if (this.forwarding?.isActive === true)
      throw new SnapshotRefusedError('open-forward', 'something is listened at or reached for the client');
    const { hasAllSessions } = this;
    const state = encodeState('connection.state', this.state);
    const application = applicationState.encode({ state, remoteAddress, remotePort, isDirect, hasAllSessions });
    const { clock } = this.#host;
    const snapshot = takeSnapshot(this.engine, application, clock.now(), dateOf(clock));
    this.driver?.detach();
    return snapshot;
  }

  log(priority: number, category: LogRecord['category'], message: string, fields: LogRecord['fields'] = {}): void {
    const { log } = this.#host;
    if (log === undefined) return;
    const { remoteAddress } = this.peer;
    // Security: these contain names and errors made up by clients, and people read logs in a terminal.
    const shown = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? printable(value, MAXIMUM_LOGGED) : value,
    ]);
    log({
      priority,
      category,
      message,
      fields: { connection: this.id, remoteAddress, ...(Object.fromEntries(shown) as LogRecord['fields']) },
    });
  }
}

/** The address and the application's state that a snapshot carries. */
export function decodeApplicationState(bytes: Uint8Array): {
  readonly peer: Peer;
  readonly state: unknown;
  readonly hasAllSessions: boolean;
} {
  const saved = applicationState.decode(bytes);
  // Bytes that we would not have written this way are not from us.
  if (!equalBytes(applicationState.encode(saved), bytes)) throw new SnapshotError('the snapshot is malformed');
  const { state, remoteAddress, remotePort, isDirect, hasAllSessions } = saved;
  const peer = {
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(remotePort === undefined ? {} : { remotePort }),
    ...(isDirect && { isDirect }),
  };
  return { peer, state: decodeStructured(state), hasAllSessions };
}

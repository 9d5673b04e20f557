/** Joins transport, login and connection into one machine: bytes in, bytes and events out, time as a parameter. */
import { writeChannelData } from '../connection/messages.js';
import { Multiplexer, type MultiplexerPort } from '../connection/multiplexer.js';
import type { Awaitable } from '../crypto/provider.js';
import {
  ConfigurationError,
  ConnectionClosedError,
  ConnectionLostError,
  DisconnectedError,
  DisconnectReason,
  LimitError,
  ProtocolError,
  SnapshotError,
} from '../errors.js';
import { gate, hasKeys } from '../transport/gate.js';
import { lastWords } from '../transport/messages.js';
import { Transport } from '../transport/transport.js';
import type { UserauthClient } from '../userauth/client.js';
import type { Identity } from '../userauth/decision.js';
import { plainBytes } from '../wire/plain-bytes.js';
import { Deadlines, earlier } from './deadlines.js';
import { Login } from './login.js';
import type { EngineEvents, EngineOptions, LoginPort } from './options.js';
import type { SnapshotContent } from './snapshot.js';

/** For links that cannot pause: more waiting input ends the connection, in bytes. Channel credit is added after authentication. */
const MAXIMUM_WAITING_BEFORE_LOGIN = 80 * 1024;
const MAXIMUM_WAITING = 1024 * 1024;
/** Before login, reading goes on while no more than this waits, in bytes: only a reader learns that the peer has gone. */
const UNPAUSED_BEFORE_LOGIN = 4096;
/**
 * Security: a peer that demands answers but does not read them is not read from while this much waits, in bytes. The send
 * buffer is added after authentication.
 */
const MAXIMUM_ANSWERS_BEFORE_AUTHENTICATION = 32 * 1024;
const MAXIMUM_ANSWERS = 224 * 1024;

export class Engine implements LoginPort, MultiplexerPort {
  readonly options: EngineOptions;
  readonly transport: Transport;
  readonly multiplexer: Multiplexer;
  /** Messages handled so far. */
  messagesReceived = 0;
  readonly #events: EngineEvents;
  readonly #deadlines: Deadlines;
  readonly #login: Login;
  /** A handler's promise: nothing is read until it settles. */
  #pending: Promise<void> | undefined;
  #isHandling = false;
  /** The stream has ended: the connection ends too, once earlier input is open and handled. */
  #end: { readonly cause: unknown } | undefined;
  #state: 'open' | 'closed' | 'frozen' = 'open';
  #generation: number;
  #now: number;

  constructor(options: EngineOptions, events: EngineEvents, now: number, saved?: SnapshotContent) {
    this.options = options;
    this.#events = events;
    this.#now = now;
    this.#deadlines = new Deadlines(options, now);
    if (saved !== undefined && saved.role !== options.role) throw new SnapshotError(`a snapshot of a ${saved.role}`);
    this.#generation = saved?.generation ?? 0;
    this.#login = new Login(this, events);
    this.transport = new Transport(options, this.#login, now, saved?.transport);
    this.multiplexer = new Multiplexer(this, events, options.connectionLimits);
    if (saved !== undefined) this.#restore(saved);
  }

  get identity(): Identity | undefined {
    return this.#login.identity;
  }

  get isAuthenticated(): boolean {
    return this.#login.isAuthenticated;
  }

  /** What a connection carries needs a login. @throws ConnectionClosedError, or ConfigurationError before the login */
  assertLive(): void {
    if (this.isClosed) throw new ConnectionClosedError();
    if (!this.isAuthenticated)
      throw new ConfigurationError('nobody is logged in yet; a client logs in with authenticate(user, credentials)');
  }

  /** True once the first exchange is over: the peer has the keys, and uses them. */
  get hasKeys(): boolean {
    return hasKeys(this.transport.phase('service'));
  }

  /** True while a promise is pending, or while the peer does not read its answers: input is not handled. */
  get isPaused(): boolean {
    return this.#pending !== undefined || this.#isStalled;
  }

  /** Whether no more input should be delivered. */
  get isFull(): boolean {
    if (!this.isPaused) return false;
    return this.isAuthenticated || this.#isStalled || this.transport.waiting > UNPAUSED_BEFORE_LOGIN;
  }

  /** The most that may be kept for the connection, in bytes. */
  get #budget(): number {
    return this.options.connectionLimits.budget ?? Infinity;
  }

  get #isStalled(): boolean {
    const { sendBuffer } = this.options.connectionLimits;
    const most = this.isAuthenticated ? sendBuffer + MAXIMUM_ANSWERS : MAXIMUM_ANSWERS_BEFORE_AUTHENTICATION;
    return this.transport.outgoing.length > Math.min(most, this.#budget / 4);
  }

  /** Most input that may wait while nothing is read, in bytes. Visits every channel: computed only during a pause. */
  get #mostWaiting(): number {
    if (!this.isAuthenticated) return MAXIMUM_WAITING_BEFORE_LOGIN;
    return Math.min(MAXIMUM_WAITING, this.#budget / 2) + this.multiplexer.credit;
  }

  get isClosed(): boolean {
    return this.#state !== 'open';
  }

  /** A client's authentication, from `ready` on. */
  get userauth(): UserauthClient {
    return this.#login.client;
  }

  /** Takes bytes from the stream, which belong to the engine from now on. Never throws: errors end the connection. */
  receive(chunk: Uint8Array, now: number): void {
    this.#now = now;
    this.guard(() => {
      this.#deadlines.heard(now, this.isPaused || !this.transport.isReceiving ? undefined : this.messagesReceived);
      this.multiplexer.turn();
      this.transport.receive(plainBytes(chunk), now);
      this.#run();
      // Security: one message of a WebSocket may have brought more than the bound, and the pause.
      if (this.isPaused && this.transport.waiting > this.#mostWaiting)
        throw new LimitError('too much input while an answer was pending');
    });
  }

  /** The stream has ended, or failed. What arrived before and waits for our own computing is handled first. */
  lost(cause?: unknown): void {
    if (this.#state !== 'open') return;
    this.#end = { cause };
    // Behind the keys of a rekey a server goes on at once, and they may still be computed here.
    const isRekeying = this.options.role === 'client' && this.isAuthenticated && this.#pending !== undefined;
    if (isRekeying || this.transport.opening !== undefined) return;
    const said = this.transport.identifications.saidInstead;
    const message = `the connection was lost${said && `; the peer had said "${said}"`}`;
    this.#close(new ConnectionLostError(message, cause === undefined ? {} : { cause }));
  }

  /** Checks the clock: deadlines and the age of keys. */
  tick(now: number): void {
    this.#now = now;
    this.guard(() => {
      // Security: while we let the peer wait, its silence does not count.
      if (this.#pending !== undefined) this.#deadlines.heard(now);
      if (this.#deadlines.check(now, this)) this.multiplexer.ask(() => undefined);
      this.transport.tick(now);
      this.multiplexer.turn();
      this.pump();
    });
  }

  /** When to call `tick` at the latest, in ms; undefined while nothing is due. */
  get deadline(): number | undefined {
    if (this.#state !== 'open') return undefined;
    if (this.multiplexer.isPutOff && this.transport.canSend) return this.#now;
    return earlier(this.#deadlines.next(this), this.transport.deadline);
  }

  /** Lets channels encode what the transport has room for, and continues with input that waited for room. */
  pump(): void {
    // Called every turn, so it avoids a closure for `guard`.
    if (this.#state !== 'open') return;
    try {
      this.multiplexer.pump();
      if (this.transport.hasInput && !this.isPaused) this.#handleInput();
      if (this.transport.outgoing.length > 0) this.#events.output();
      if (!this.isPaused) this.#events.resumed();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the connection with SSH_MSG_DISCONNECT. */
  disconnect(reason: number = DisconnectReason.BY_APPLICATION, description = ''): void {
    if (this.#state !== 'open') return;
    this.#sayLast(reason, description);
    this.#close(undefined);
  }

  /** True while an answer is pending, here or at the peer. */
  get isWaiting(): boolean {
    const { transport, multiplexer } = this;
    return this.#pending !== undefined || multiplexer.isWaiting || transport.pings.isWaiting || this.#login.isAsking;
  }

  /** What a snapshot keeps in addition to the states of the other layers; ends the connection here. */
  freeze(): Pick<SnapshotContent, 'generation' | 'role' | 'progress' | 'identity' | 'userauth'> {
    this.#generation += 1;
    // Security: from here on the keys belong to whoever resumes the snapshot.
    this.#state = 'frozen';
    return { generation: this.#generation, role: this.options.role, ...this.#login.state() };
  }

  #restore(saved: SnapshotContent): void {
    this.#login.restore(saved);
    this.multiplexer.restore(saved.multiplexer, (channel, bytes) => this.#events.restore(channel, bytes));
  }

  #run(): void {
    this.#handleInput();
    if (this.#end !== undefined) this.lost(this.#end.cause);
    if (this.#state !== 'open') return;
    this.transport.tick(this.#now);
    this.pump();
  }

  /** Handles packets until there are no more, a handler has to wait, or the peer must read first. */
  #handleInput(): void {
    // A handler may call `pump`: the message it is handling must not be overtaken by the next.
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      while (this.#state === 'open' && !this.isPaused) {
        const payload = this.transport.next();
        if (payload === undefined) {
          const { opening } = this.transport;
          if (opening !== undefined) this.#wait(opening);
          break;
        }
        const result = this.#dispatch(payload);
        this.messagesReceived += 1;
        if (result !== undefined) this.#wait(result);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  /** The only gate: nothing is handled unless the table lets it through. */
  #dispatch(payload: Uint8Array): Awaitable<undefined> {
    const number = payload[0]!;
    const phase = this.transport.phase(this.#login.progress);
    switch (gate(this.options.role, phase, this.transport.strict, number)) {
      case 'disconnect':
        throw new ProtocolError(`message ${number} received in phase ${phase}`);
      case 'unimplemented':
        this.transport.unimplemented();
        return;
      case 'ignore':
        return;
      case 'handle':
        // The application has no influence on the key exchange.
        if (this.#events.message?.(payload) === true && number >= 50) return;
        if (number >= 80 && number <= 127) return this.multiplexer.handle(payload);
        if (number >= 50 && number <= 79) return this.#login.handle(payload);
        return this.transport.handle(payload);
    }
  }

  #wait(result: Promise<undefined>): void {
    const settled = (error?: unknown): void => {
      this.#pending = undefined;
      this.guard(() => {
        if (error !== undefined) throw error;
        this.#run();
      });
    };
    this.#pending = result.then(
      () => settled(),
      (error: unknown) => settled(error ?? new Error('a handler failed')),
    );
  }

  /** For the multiplexer, like the next two. */
  hasRoom(): boolean {
    const { sendBuffer } = this.options.connectionLimits;
    return this.transport.canSend && this.transport.outgoing.length < Math.min(sendBuffer, this.#budget / 8);
  }

  /** Data goes straight into the outgoing packet: the path of nearly every byte. */
  sendData(recipientChannel: number, data: Uint8Array, code: number): void {
    this.guard(() => {
      this.transport.sendInPlace(data.length + 16, (writer) => writeChannelData(writer, recipientChannel, data, code));
      this.transport.tick(this.#now);
      this.#events.output();
    });
  }

  sendPayload(payload: Uint8Array): void {
    this.guard(() => {
      this.transport.sendPayload(payload);
      this.#events.output();
    });
  }

  /** Runs `work` while the connection is open; an error ends the connection and reaches no caller, who may be anyone. */
  guard(work: () => void): void {
    if (this.#state !== 'open') return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#state !== 'open') return;
    if (error instanceof DisconnectedError) {
      this.#close(error);
      return;
    }
    this.#sayLast(...lastWords(error));
    this.#close(error instanceof Error ? error : new Error('a handler failed', { cause: error }));
  }

  #sayLast(reason: number, description: string): void {
    try {
      this.transport.sendDisconnect(reason, description);
    } catch {
      // A cipher that fails seals no last words either: the stream just ends.
    }
  }

  #close(error: Error | undefined): void {
    this.#state = 'closed';
    this.#login.close(error);
    this.transport.close(error);
    this.multiplexer.abort(error ?? new ConnectionClosedError());
    this.#events.closed(error);
  }
}

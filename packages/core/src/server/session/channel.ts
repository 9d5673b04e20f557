/** RFC 4254 §6: a session channel on the server: turns its requests into a session and runs the handler. */
import type { Channel, ChannelOwner, IncomingRequest } from '../../connection/channel.js';
import { END_OF_WRITE, takesEndOfWrite } from '../../connection/end-of-write.js';
import { sessionRequests, type TerminalSize } from '../../connection/session-requests.js';
import type { Awaitable } from '../../crypto/provider.js';
import { LimitError, SnapshotError, SnapshotRefusedError } from '../../errors.js';
import type { SessionForward } from '../../forwarding/connection-forwarding.js';
import type { sessionForwardRequests } from '../../forwarding/messages.js';
import { ChannelWriter, ChunkList, inOwnMemory } from '../../queue.js';
import { showThrown } from '../../wire/printable.js';
import { decodeStructured } from '../../wire/structured.js';
import { parseTerminalModes } from '../../wire/terminal-modes.js';
import type { ServerConnection } from '../server-connection.js';
import type { Adjustment } from '../verdict.js';
import {
  Session,
  type Exit,
  type Pty,
  type SessionHandler,
  type SessionObject,
  type GrantedForwards,
  type SessionRequest,
} from './session.js';
import { encodeState, MAXIMUM_VARIABLES, parseRequest, sessionState } from './state.js';

/** Bytes of an environment variable, name and value together. */
const MAXIMUM_VARIABLE = 4096;
/** If a key forces a command: the requested command or subsystem. */
const ORIGINAL_COMMAND = 'SSH_ORIGINAL_COMMAND';
/** Bytes of a command, and characters of a terminal's name. */
const MAXIMUM_COMMAND = 32 * 1024;
const MAXIMUM_TERM = 64;
/** Events of an object handler that may be queued. */
const MAXIMUM_EVENTS = 256;

/** How to proceed with a requested session. */
export interface Beginning {
  readonly handler: SessionHandler | SessionObject;
  readonly adjustment?: Adjustment;
}

/** Decides what happens in a session. */
export interface SessionServing {
  /** A shell, a command or a subsystem was requested; undefined refuses it. */
  start(session: Session): Promise<Beginning | undefined>;
  /** What to show first if the client asked for a shell and has a terminal. */
  greeting(session: Session): Promise<string>;
  /** The client offers its agent or X server to the session's programs; undefined refuses it. */
  forward(type: string, fields: Uint8Array): Promise<SessionForward | undefined>;
  /** A request unknown to the library. @returns whether it is granted. */
  request(session: Session | undefined, asked: IncomingRequest): Awaitable<boolean>;
  /** Ends the connection with this error. */
  fail(error: unknown): void;
}

/** Whether a request is granted; if it starts something, what to do once the client has been told. */
type Grant = boolean | Promise<(() => void) | undefined>;
type RequestName = keyof typeof sessionRequests | keyof typeof sessionForwardRequests;
type Requests = { readonly [K in RequestName]?: (fields: Uint8Array) => Grant };

export class SessionChannel implements ChannelOwner {
  readonly #channel: Channel;
  readonly #connection: ServerConnection;
  readonly #serving: SessionServing;
  readonly #env = new Map<string, string>();
  #pty: (Pty & { readonly encodedModes: Uint8Array }) | undefined;
  #session: Session | undefined;
  #forwards: GrantedForwards = {};
  /** The object that handles events, and the end of its event queue. */
  #object: SessionObject | undefined;
  #events: Promise<void> = Promise.resolve();
  #pendingEvents = 0;
  /** Input of the last queued event, if that event is input: further input is appended to it. */
  #unheard: ChunkList | undefined;
  #isRunningFunction = false;
  /** Input that arrived before a handler ran, bounded by the window; undefined once one runs. */
  #early: ChunkList | undefined = new ChunkList();
  #isInputEnded = false;
  readonly #writer: ChannelWriter;
  readonly #requests: Requests = {
    'pty-req': (fields) => this.#allocate(fields),
    env: (fields) => this.#setVariable(fields),
    shell: () => this.#begin({ type: 'shell' }),
    exec: (fields) => this.#beginCommand(sessionRequests.exec.decode(fields).command),
    subsystem: (fields) => this.#begin({ type: 'subsystem', ...sessionRequests.subsystem.decode(fields) }),
    'window-change': (fields) => this.#resize(fields),
    signal: (fields) => this.#signal(sessionRequests.signal.decode(fields).signalName),
    break: (fields) => this.#break(sessionRequests.break.decode(fields).breakLength),
    'auth-agent-req@openssh.com': (fields) => this.#forward('auth-agent-req@openssh.com', fields),
    'x11-req': (fields) => this.#forward('x11-req', fields),
  };

  constructor(channel: Channel, connection: ServerConnection, serving: SessionServing) {
    this.#channel = channel;
    this.#writer = new ChannelWriter(channel, 'the session is over');
    this.#connection = connection;
    this.#serving = serving;
  }

  /** Continues from a snapshot. `object` handles sessions that had already started. */
  static restore(
    channel: Channel,
    connection: ServerConnection,
    serving: SessionServing,
    object: SessionObject | undefined,
    saved: Uint8Array,
  ): SessionChannel {
    const owner = new SessionChannel(channel, connection, serving);
    const { env, pty, request, originalRequest, isEnded, state } = sessionState.decode(saved.slice());
    for (const { name, value } of env) owner.#env.set(name, value);
    if (pty !== undefined) owner.#pty = { ...pty, encodedModes: pty.modes, modes: parseTerminalModes(pty.modes) };
    owner.#isInputEnded = isEnded;
    if (request !== undefined) {
      if (object === undefined)
        throw new SnapshotError('sessions are resumed only by a server whose `session` is an object');
      owner.#session = owner.#createSession(parseRequest(request), originalRequest && parseRequest(originalRequest));
      owner.#session.state = decodeStructured(state);
      owner.#object = object;
      owner.#early = undefined;
    }
    return owner;
  }

  data(data: Uint8Array, code: number): undefined {
    // RFC 4254 §5.2: a client has no stderr to send; such data is dropped.
    if (code !== 0) {
      this.#channel.consumed(data.length);
      return;
    }
    const chunk = inOwnMemory(data);
    if (this.#early !== undefined) this.#early.push(chunk);
    else if (this.#object === undefined) this.#session?.receive(chunk);
    else this.#hear(chunk);
  }

  eof(): undefined {
    this.#isInputEnded = true;
    if (this.#early !== undefined) return;
    if (this.#object === undefined) this.#session?.receiveEnd();
    else this.#event((session) => this.#object?.end?.(session));
  }

  request(asked: IncomingRequest): undefined {
    const { type, fields, answer } = asked;
    const handle = Object.hasOwn(this.#requests, type) ? this.#requests[type as keyof Requests] : undefined;
    const result = handle === undefined ? this.#serving.request(this.#session, asked) : handle(fields);
    if (typeof result === 'boolean') answer(result);
    else {
      result
        .then((granted) => {
          if (typeof granted === 'function') answer(true, granted);
          else answer(granted === true);
        })
        // Security: a rejection that nobody handles would end the process.
        .catch((error: unknown) => this.#serving.fail(error));
    }
  }

  drained(): undefined {
    return this.#writer.drained();
  }

  closed(): undefined {
    this.#writer.closed();
    this.#early = undefined;
    this.#event((session) => this.#object?.close?.(session), 'last');
    this.#session?.finish();
  }

  snapshot(): Uint8Array {
    if (this.#isRunningFunction || (this.#session !== undefined && this.#object === undefined)) {
      throw new SnapshotRefusedError('function-handler', 'a session is served by a function, whose stack is no data');
    }
    if (this.#pendingEvents > 0 || (this.#early !== undefined && this.#early.length > 0)) {
      throw new SnapshotRefusedError('pending-hook', 'a session has not finished an event');
    }
    const { request, originalRequest } = this.#session ?? {};
    return sessionState.encode({
      env: [...this.#env].map(([name, variable]) => ({ name, value: variable })),
      pty: this.#pty && { ...this.#pty, modes: this.#pty.encodedModes },
      request: request && { type: request.type, value: wordsOf(request) },
      originalRequest: originalRequest && { type: originalRequest.type, value: wordsOf(originalRequest) },
      isEnded: this.#isInputEnded,
      state: encodeState('session.state', this.#session?.state),
    });
  }

  #allocate(fields: Uint8Array): boolean {
    const { modes, ...pty } = sessionRequests['pty-req'].decode(fields);
    if (this.#session !== undefined || this.#pty !== undefined || pty.term.length > MAXIMUM_TERM) return false;
    if (!this.#connection.restrictions.pty) return false;
    const encodedModes = modes.slice();
    this.#pty = { ...pty, modes: parseTerminalModes(encodedModes), encodedModes };
    return true;
  }

  #setVariable(fields: Uint8Array): boolean {
    const { name, value } = sessionRequests.env.decode(fields);
    // Security: the client may not override what the key sets, nor what this library sets.
    if (name === ORIGINAL_COMMAND || Object.hasOwn(this.#connection.restrictions.environment, name)) return false;
    const fits = fields.length <= MAXIMUM_VARIABLE && (this.#env.has(name) || this.#env.size < MAXIMUM_VARIABLES);
    if (fits && this.#session === undefined) this.#env.set(name, value);
    return fits && this.#session === undefined;
  }

  #resize(fields: Uint8Array): boolean {
    const size: TerminalSize = sessionRequests['window-change'].decode(fields);
    if (this.#pty === undefined) return false;
    this.#pty = { ...this.#pty, ...size };
    this.#session?.resizes.push(size);
    this.#event((session) => this.#object?.resize?.(session, size));
    return true;
  }

  #signal(name: string): boolean {
    this.#session?.signals.push(name);
    this.#event((session) => this.#object?.signal?.(session, name));
    return this.#session !== undefined;
  }

  #break(length: number): boolean {
    this.#session?.breaks.push(length);
    return this.#session !== undefined;
  }

  async #forward(type: string, fields: Uint8Array): Promise<(() => void) | undefined> {
    const granted = await this.#serving.forward(type, fields);
    return granted && (() => (this.#forwards = { ...this.#forwards, ...granted }));
  }

  #beginCommand(command: string): Grant {
    return command.length <= MAXIMUM_COMMAND && this.#begin({ type: 'exec', command });
  }

  /** RFC 4254 §6.5: one shell, command or subsystem per channel. */
  async #begin(request: SessionRequest): Promise<(() => void) | undefined> {
    if (this.#session !== undefined) return undefined;
    const session = this.#restrict(request);
    this.#session = session;
    const beginning = await this.#serving.start(session);
    if (beginning !== undefined) this.#adjust(session, beginning.adjustment);
    const isShell = this.#pty !== undefined && session.request.type === 'shell';
    const greeting = isShell && beginning !== undefined ? await this.#serving.greeting(session) : '';
    if (beginning !== undefined && !this.#channel.isClosed) {
      return () => {
        if (greeting !== '') void session.print(greeting);
        this.#run(session, beginning.handler);
      };
    }
    this.#session = undefined;
    return undefined;
  }

  /** Security: the application cannot change what a key demands. */
  #adjust(session: Session, { type, command, env = {} }: Partial<Adjustment> = {}): void {
    const { environment } = this.#connection.restrictions;
    for (const [name, value] of Object.entries(env)) {
      const isFree = this.#env.has(name) || this.#env.size < 2 * MAXIMUM_VARIABLES;
      if (isFree && !Object.hasOwn(environment, name) && name !== ORIGINAL_COMMAND) this.#env.set(name, value);
    }
    const { request, originalRequest } = session;
    if (originalRequest !== undefined || (type === undefined && command === undefined)) return;
    session.change(parseRequest({ type: type ?? request.type, value: command ?? wordsOf(request) }));
  }

  #run(session: Session, handler: SessionHandler | SessionObject): void {
    if (typeof handler === 'function') void this.#runFunction(session, handler);
    else {
      this.#object = handler;
      this.#event(() => handler.open?.(session));
    }
    const early = this.#early;
    this.#early = undefined;
    for (let chunk = early?.shift(); chunk !== undefined; chunk = early?.shift()) this.data(chunk, 0);
    if (this.#isInputEnded) this.eof();
  }

  async #runFunction(session: Session, handler: SessionHandler): Promise<void> {
    this.#isRunningFunction = true;
    try {
      const status = await handler(session);
      this.#exit({ status: status ?? 0 });
    } catch (error) {
      // It is not an error if a handler was still writing when its client left.
      if (this.#channel.isWritable)
        this.#connection.log(3, 'session', 'a handler failed', { error: showThrown(error) });
      this.#exit({ status: 1 });
    } finally {
      this.#isRunningFunction = false;
      session.finish();
    }
  }

  /** Security: if the proven key forces a command, nothing else is ever started. */
  #restrict(request: SessionRequest): Session {
    const { command, environment } = this.#connection.restrictions;
    for (const [name, value] of Object.entries(environment)) this.#env.set(name, value);
    if (command === undefined) return this.#createSession(request);
    if (request.type === 'shell') this.#env.delete(ORIGINAL_COMMAND);
    else this.#env.set(ORIGINAL_COMMAND, wordsOf(request));
    return this.#createSession({ type: 'exec', command }, request);
  }

  #createSession(request: SessionRequest, originalRequest?: SessionRequest): Session {
    return new Session({
      connection: this.#connection,
      env: this.#env,
      request,
      originalRequest,
      pty: () => this.#pty,
      forwards: () => this.#forwards,
      write: (bytes, code) => this.#writer.write(bytes, code),
      consumed: (bytes) => this.#channel.consumed(bytes),
      ignoreInput: () => this.#ignoreInput(),
      exit: (exit) => this.#exit(exit),
      run: (handler) => this.#runFunction(this.#session!, handler),
    });
  }

  #ignoreInput(): void {
    if (!this.#isInputEnded && takesEndOfWrite(this.#connection.identification))
      this.#channel.request(END_OF_WRITE, new Uint8Array(0));
  }

  /** The status goes before EOF and CLOSE: clients read it only in that order (RFC 4254 §6.10). */
  #exit(exit: Exit): void {
    if ('status' in exit) {
      this.#channel.request('exit-status', sessionRequests['exit-status'].encode({ exitStatus: exit.status >>> 0 }));
    } else {
      const { signal: signalName, coreDumped, message: errorMessage } = exit;
      const fields = { signalName, coreDumped, errorMessage, languageTag: '' };
      this.#channel.request('exit-signal', sessionRequests['exit-signal'].encode(fields));
    }
    this.#channel.sendEof();
    this.#channel.close();
  }

  /** Input for an object handler: chunks that arrive while earlier input waits are delivered with it, one by one. */
  #hear(chunk: Uint8Array): void {
    if (this.#unheard !== undefined) {
      this.#unheard.push(chunk);
      return;
    }
    const chunks = new ChunkList();
    chunks.push(chunk);
    this.#event(async (session) => {
      if (this.#unheard === chunks) this.#unheard = undefined;
      for (let next = chunks.shift(); next !== undefined; next = chunks.shift()) {
        await this.#object?.data?.(session, next);
        this.#channel.consumed(next.length);
      }
    });
    this.#unheard = chunks;
  }

  /**
   * Queues an event for an object handler. A handler that throws ends its session.
   * @throws LimitError if the handler is too slow for a peer that never stops sending events.
   */
  #event(deliver: (session: Session) => void | Promise<void>, place?: 'last'): void {
    const session = this.#session;
    if (this.#object === undefined || session === undefined) return;
    if (this.#pendingEvents >= MAXIMUM_EVENTS && place !== 'last')
      throw new LimitError('too many events wait for a session');
    this.#unheard = undefined;
    this.#pendingEvents += 1;
    this.#events = this.#events
      .then(() => deliver(session))
      .catch((error: unknown) => {
        this.#connection.log(3, 'session', 'a handler failed', { error: showThrown(error) });
        this.#exit({ status: 1 });
      })
      .finally(() => {
        this.#pendingEvents -= 1;
      });
  }
}

/** The command, or the subsystem's name. */
function wordsOf(request: SessionRequest): string {
  return request.type === 'exec' ? request.command : request.type === 'subsystem' ? request.name : '';
}

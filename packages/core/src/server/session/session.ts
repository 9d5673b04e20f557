/** RFC 4254 §6: a session as seen by a server's handler. */
import { SSH_EXTENDED_DATA_STDERR } from '../../connection/messages.js';
import type { SignalName, TerminalSize } from '../../connection/session-requests.js';
import type { Awaitable } from '../../crypto/provider.js';
import type { ForwardedAgent, ForwardedDisplay } from '../../forwarding/connection-forwarding.js';
import { ByteQueue, EventQueue, readableFrom, writableTo } from '../../queue.js';
import type { ServerConnection } from '../server-connection.js';
import type { TerminalModes } from '../../wire/terminal-modes.js';

/** What the client asked for. */
export type SessionRequest =
  | { readonly type: 'shell' }
  | { readonly type: 'exec'; readonly command: string }
  | { readonly type: 'subsystem'; readonly name: string };

/** RFC 4254 §6.2: the client's terminal, with its current size. */
export interface Pty extends TerminalSize {
  /** The client's TERM. */
  readonly term: string;
  readonly modes: TerminalModes;
}

/**
 * The usual handler: its result is the exit status (nothing means 0); a throw is exit status 1 and a log record. Its
 * stack lives in memory, so its connection cannot be snapshotted while it runs.
 */
export type SessionHandler = (session: Session) => Awaitable<number | void | undefined>;

/**
 * A handler in the form of events: it keeps nothing on a stack and its memory is `session.state`, so its connection can
 * be snapshotted between events. Events of a session are delivered one at a time; a promise delays the next one.
 */
export interface SessionObject {
  /** The client requested a shell, a command or a subsystem. */
  open?(session: Session): Awaitable<void>;
  data?(session: Session, chunk: Uint8Array): Awaitable<void>;
  /** The client will send nothing more. */
  end?(session: Session): Awaitable<void>;
  resize?(session: Session, size: TerminalSize): Awaitable<void>;
  signal?(session: Session, name: SignalName): Awaitable<void>;
  /** The session is over; nothing can be sent. */
  close?(session: Session): Awaitable<void>;
}

/** How a session ended, or is to end. */
export type Exit =
  { readonly status: number } | { readonly signal: SignalName; readonly coreDumped: boolean; readonly message: string };

/** What the client lets a session reach on its side. */
export interface GrantedForwards {
  readonly agent?: ForwardedAgent;
  readonly display?: ForwardedDisplay;
}

/** What a session needs of its channel. */
export interface SessionPort {
  readonly connection: ServerConnection;
  readonly env: ReadonlyMap<string, string>;
  readonly request: SessionRequest;
  readonly originalRequest: SessionRequest | undefined;
  pty(): Pty | undefined;
  forwards(): GrantedForwards;
  /** Settles once the bytes are on their way; the caller may use their memory again then. */
  write(bytes: Uint8Array, code: number): Promise<void>;
  consumed(bytes: number): void;
  /** Nobody reads the client's input any more. */
  ignoreInput(): void;
  exit(exit: Exit): void;
  run(handler: SessionHandler): Promise<void>;
}

/** Observes the traffic of a session as it passes; the views it is given are valid until it returns. */
export interface SessionObserver {
  output?(bytes: Uint8Array): void;
  /** What the client sends, including passwords that are typed. */
  input?(bytes: Uint8Array): void;
}

const utf8 = new TextEncoder();
/** Events kept for a handler that does not read them; older ones are dropped. */
const MAXIMUM_EVENTS = 32;
const NOBODY: readonly SessionObserver[] = [];

export class Session {
  /** The application's own. For snapshots it must be plain data, as `ServerConnection.state`. */
  state: unknown = undefined;
  /** New sizes of the client's window. */
  readonly resizes: EventQueue<TerminalSize> = new EventQueue(MAXIMUM_EVENTS);
  readonly signals: EventQueue<SignalName> = new EventQueue(MAXIMUM_EVENTS);
  /** RFC 4335: lengths of breaks, in ms. */
  readonly breaks: EventQueue<number> = new EventQueue(MAXIMUM_EVENTS);
  readonly #port: SessionPort;
  readonly #input: ByteQueue;
  #request: SessionRequest;
  #observers: readonly SessionObserver[] = NOBODY;
  #stdin: ReadableStream<Uint8Array> | undefined;
  #stdout: WritableStream<Uint8Array> | undefined;
  #stderr: WritableStream<Uint8Array> | undefined;
  #closing: AbortController | undefined;
  #isClosed = false;

  constructor(port: SessionPort) {
    this.#port = port;
    this.#request = port.request;
    this.#input = new ByteQueue((bytes) => port.consumed(bytes));
  }

  get user(): string {
    return this.#port.connection.user;
  }

  get connection(): ServerConnection {
    return this.#port.connection;
  }

  get env(): ReadonlyMap<string, string> {
    return this.#port.env;
  }

  /** Undefined if the client did not ask for a terminal. */
  get pty(): Pty | undefined {
    return this.#port.pty();
  }

  /** The client's agent, if the client asked to forward it and the hook `forward` accepted. */
  get agent(): ForwardedAgent | undefined {
    return this.#port.forwards().agent;
  }

  /** RFC 4254 §6.3: the client's X server, likewise. */
  get display(): ForwardedDisplay | undefined {
    return this.#port.forwards().display;
  }

  get request(): SessionRequest {
    return this.#request;
  }

  /** What the client asked for if its key forces a command, which is then in `request`. */
  get originalRequest(): SessionRequest | undefined {
    return this.#port.originalRequest;
  }

  /** What the client sends, as a web stream; use this or `read`, not both. */
  get stdin(): ReadableStream<Uint8Array> {
    return (this.#stdin ??= readableFrom(this, () => this.discardInput()));
  }

  /** Closing or aborting it sends nothing: EOF follows the exit status, and stderr may still be written. */
  get stdout(): WritableStream<Uint8Array> {
    return (this.#stdout ??= writableTo(
      (chunk) => this.write(chunk),
      () => undefined,
      () => undefined,
    ));
  }

  get stderr(): WritableStream<Uint8Array> {
    return (this.#stderr ??= writableTo(
      (chunk) => this.writeError(chunk),
      () => undefined,
      () => undefined,
    ));
  }

  /** Aborts when the session is over, whoever ended it. */
  get closed(): AbortSignal {
    this.#closing ??= new AbortController();
    if (this.#isClosed) this.#closing.abort();
    return this.#closing.signal;
  }

  /** The next bytes from the client; undefined at their end, and if the client has gone, which `closed` then says. */
  read(): Promise<Uint8Array | undefined> {
    return this.#input.read();
  }

  /**
   * Sends bytes, or text as UTF-8 and otherwise as it is, to the client's stdout. Settles when they are on their way:
   * wait for that before the next write, or memory fills.
   * @throws ConnectionClosedError once the session is over.
   */
  write(bytes: Uint8Array | string): Promise<void> {
    return this.#send(bytes, 0);
  }

  /** The same for stderr. */
  writeError(bytes: Uint8Array | string): Promise<void> {
    return this.#send(bytes, SSH_EXTENDED_DATA_STDERR);
  }

  /** Sends text; with a terminal that maps newlines (ONLCR) every `\n` becomes `\r\n`. */
  print(text: string): Promise<void> {
    return this.write(this.#encode(text));
  }

  /** The same to stderr. */
  printError(text: string): Promise<void> {
    return this.writeError(this.#encode(text));
  }

  #encode(text: string): Uint8Array {
    const mapsNewlines = this.pty !== undefined && this.pty.modes.ONLCR !== 0;
    return utf8.encode(mapsNewlines ? text.replace(/\r?\n/g, '\r\n') : text);
  }

  /**
   * Serves the session as the option `session` would: the handler's result is the exit status, a throw is status 1 and
   * a log record. For sessions from `server.sessions()`; never rejects.
   */
  run(handler: SessionHandler): Promise<void> {
    return this.#port.run(handler);
  }

  /** Ends the session with an exit status, after everything already written. */
  exit(status: number): void {
    this.#port.exit({ status });
  }

  /** RFC 4254 §6.10: ends the session as a command killed by a signal. `name` is without SIG. */
  exitSignal(name: SignalName, options: { readonly coreDumped?: boolean; readonly message?: string } = {}): void {
    this.#port.exit({ signal: name, coreDumped: options.coreDumped ?? false, message: options.message ?? '' });
  }

  /** For the underlying channel: continues as if the client had made this request. */
  change(request: SessionRequest): void {
    this.#request = request;
  }

  /** Shows `observer` all traffic from now on. @returns a function that stops it. */
  observe(observer: SessionObserver): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  #send(content: Uint8Array | string, code: number): Promise<void> {
    const bytes = typeof content === 'string' ? utf8.encode(content) : content;
    for (const observer of this.#observers) observer.output?.(bytes);
    return this.#port.write(bytes, code);
  }

  /** Drops the client's input, received and to come: nobody reads it any more. */
  discardInput(): void {
    this.#input.discard();
    this.#port.ignoreInput();
  }

  /** For the underlying channel: bytes from the client, in their own memory. */
  receive(chunk: Uint8Array): void {
    for (const observer of this.#observers) observer.input?.(chunk);
    this.#input.push(chunk);
  }

  /** For the underlying channel: the client's input has ended. */
  receiveEnd(): void {
    this.#input.end();
  }

  /** For the underlying channel: the session is over. */
  finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.discard();
    this.resizes.end();
    this.signals.end();
    this.breaks.end();
    this.#closing?.abort();
  }
}

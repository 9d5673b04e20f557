/** RFC 4254 §6: what a server's handler holds in its hand. */
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

/** RFC 4254 §6.2: the terminal of the client, with its present size. */
export interface Pty extends TerminalSize {
  /** The client's TERM. */
  readonly term: string;
  readonly modes: TerminalModes;
}

/**
 * The natural handler: its result is the exit status (nothing means 0), a throw is exit status 1 and a log record. Its stack
 * lives in memory, so its connection cannot be written into a snapshot while it runs.
 */
export type SessionHandler = (session: Session) => Awaitable<number | void | undefined>;

/**
 * A handler event by event: nothing of it is on a stack and what it remembers is `session.state`, so that its connection can
 * be written into a snapshot between events. Events of one session come one after another; a promise holds the next one up.
 */
export interface SessionObject {
  /** The client asked for a shell, a command or a subsystem. */
  open?(session: Session): Awaitable<void>;
  data?(session: Session, chunk: Uint8Array): Awaitable<void>;
  /** The client sends nothing more. */
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

/** Sees what passes in a session, as it passes; what it is given are views, valid until it returns. */
export interface SessionObserver {
  output?(bytes: Uint8Array): void;
  /** What the client sends: passwords that it types too. */
  input?(bytes: Uint8Array): void;
}

const utf8 = new TextEncoder();
/** Events that wait for a handler which does not look: older ones go. */
const MAXIMUM_EVENTS = 32;
const NOBODY: readonly SessionObserver[] = [];

export class Session {
  /** The application's own, structured-clonable where the session is to be written into a snapshot. */
  state: unknown = undefined;
  /** Sizes of the client's window, as they change. */
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

  /** Undefined where the client asked for no terminal. */
  get pty(): Pty | undefined {
    return this.#port.pty();
  }

  /** The client's agent, where it was to be forwarded and the `forward` hook accepted. */
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

  /** What the client asked for, where the key that it proved forces a command; `request` has that one. */
  get originalRequest(): SessionRequest | undefined {
    return this.#port.originalRequest;
  }

  /** What the client sends, as a web stream; use this or `read`, not both. */
  get stdin(): ReadableStream<Uint8Array> {
    return (this.#stdin ??= readableFrom(this, () => this.discardInput()));
  }

  /** Closing it sends nothing: EOF goes behind the exit status, and stderr may still be written. */
  get stdout(): WritableStream<Uint8Array> {
    return (this.#stdout ??= writableTo(
      (chunk) => this.write(chunk),
      () => undefined,
    ));
  }

  get stderr(): WritableStream<Uint8Array> {
    return (this.#stderr ??= writableTo(
      (chunk) => this.writeError(chunk),
      () => undefined,
    ));
  }

  /** Aborts when the session is over, whoever ended it. */
  get closed(): AbortSignal {
    this.#closing ??= new AbortController();
    if (this.#isClosed) this.#closing.abort();
    return this.#closing.signal;
  }

  /** The next bytes of the client; undefined at their end. */
  read(): Promise<Uint8Array | undefined> {
    return this.#input.read();
  }

  /**
   * Sends bytes to the client's stdout. Settles when they are on their way: wait for it before the next, or memory fills.
   * @throws ConnectionClosedError once the session is over.
   */
  write(bytes: Uint8Array): Promise<void> {
    return this.#send(bytes, 0);
  }

  /** The same for stderr. */
  writeError(bytes: Uint8Array): Promise<void> {
    return this.#send(bytes, SSH_EXTENDED_DATA_STDERR);
  }

  /** Sends text; with a terminal that maps new lines (ONLCR) every `\n` becomes `\r\n`. */
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
   * Serves the session as a server does by its option `session`: the handler's result is the exit status, a throw is status 1 and a
   * log record. For those that `server.sessions()` hands out; never rejects.
   */
  run(handler: SessionHandler): Promise<void> {
    return this.#port.run(handler);
  }

  /** Ends the session with an exit status, behind all that was written. */
  exit(status: number): void {
    this.#port.exit({ status });
  }

  /** RFC 4254 §6.10: ends the session as a command that a signal killed. `name` is without SIG. */
  exitSignal(name: SignalName, options: { readonly coreDumped?: boolean; readonly message?: string } = {}): void {
    this.#port.exit({ signal: name, coreDumped: options.coreDumped ?? false, message: options.message ?? '' });
  }

  /** For the channel under it: it goes on as if the client had asked for this. */
  change(request: SessionRequest): void {
    this.#request = request;
  }

  /** Shows `observer` what passes from now on. @returns what ends that. */
  observe(observer: SessionObserver): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  #send(bytes: Uint8Array, code: number): Promise<void> {
    for (const observer of this.#observers) observer.output?.(bytes);
    return this.#port.write(bytes, code);
  }

  /** Drops what the client has sent, and what it still sends: nobody reads it any more. */
  discardInput(): void {
    this.#input.discard();
    this.#port.ignoreInput();
  }

  /** For the channel under it: bytes of the client, in memory of their own. */
  receive(chunk: Uint8Array): void {
    for (const observer of this.#observers) observer.input?.(chunk);
    this.#input.push(chunk);
  }

  /** For the channel under it: the client's input is at its end. */
  receiveEnd(): void {
    this.#input.end();
  }

  /** For the channel under it: the session is over. */
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

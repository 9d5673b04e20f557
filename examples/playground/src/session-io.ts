/** RFC 4254 §6: one session's input and output, which somebody else can watch and join. */
import type { Pty, Session, SignalName, TerminalSize } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { terminal, type Terminal } from '@nacre/core/terminal';

/** A host's access to a visitor's session. It costs nothing while nobody listens. */
export interface SessionTap {
  /** The client's terminal with its current size; undefined if it has none. */
  readonly pty: Pty | undefined;
  /** `listener` gets the client's output from now on: a view, valid until it returns. @returns a function that ends this. */
  onOutput(listener: (bytes: Uint8Array) => void): () => void;
  onResize(listener: (size: TerminalSize) => void): () => void;
  /** Types into the session, in addition to the client. Unread input beyond 64 KiB is dropped. */
  input(bytes: Uint8Array): void;
  /** Settles when the session is over. */
  readonly closed: Promise<void>;
}

const MAXIMUM_TYPED = 64 * 1024;

export class SessionIo {
  readonly session: Session;
  /** The client's terminal, if it asked for one; it then receives all input. */
  readonly terminal: Terminal | undefined;
  readonly tap: SessionTap;
  /** Called for each signal that the client sends (RFC 4254 §6.9). */
  onSignal: ((name: SignalName) => void) | undefined;
  readonly #outputListeners = new Set<(bytes: Uint8Array) => void>();
  readonly #resizeListeners = new Set<(size: TerminalSize) => void>();
  readonly #release: CryptoProvider['release'];
  #chunks: Uint8Array[] = [];
  #isEnded = false;
  #isPulling = false;
  #wakers: (() => void)[] = [];

  constructor(session: Session, release?: CryptoProvider['release']) {
    this.session = session;
    this.#release = release;
    this.tap = this.#createTap();
    this.terminal = session.pty && terminal(this, session.pty);
    this.tap.onResize(({ columns, rows }) => this.terminal?.resize(columns, rows));
    void this.#followResizes();
    void this.#followSignals();
  }

  /** The next chunk of input; undefined at its end, or as soon as `signal` aborts. */
  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake, { once: true });
    while (this.#chunks.length === 0 && !this.#isEnded && signal?.aborted !== true) {
      this.#pull();
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
      });
    }
    signal?.removeEventListener('abort', wake);
    return signal?.aborted === true ? undefined : this.#chunks.shift();
  }

  /** Frees a chunk that `read` gave. */
  release({ buffer }: Uint8Array): void {
    this.#release?.(buffer as ArrayBuffer);
  }

  /** Puts back input that was read in excess. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.unshift(bytes);
  }

  /** Writes bytes unchanged to the client's stdout. Settles once they are on their way. */
  write(bytes: Uint8Array): Promise<void> {
    tell(this.#outputListeners, bytes);
    return this.session.write(bytes);
  }

  /** Writes a command's stdout: with a terminal, according to its modes (ONLCR). */
  writeOutput(bytes: Uint8Array): Promise<void> {
    return this.terminal?.write(bytes) ?? this.write(bytes);
  }

  /** Writes a command's stderr. A terminal has one screen, so stdout and stderr are one stream there, in order. */
  writeError(bytes: Uint8Array): Promise<void> {
    if (this.terminal !== undefined) return this.terminal.write(bytes);
    tell(this.#outputListeners, bytes);
    return this.session.writeError(bytes);
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const resolve of wakers) resolve();
  }

  /** Asks for one chunk at a time, so that the client's window bounds what waits here. */
  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    void this.session.read().then((chunk) => {
      this.#isPulling = false;
      if (chunk === undefined) this.#isEnded = true;
      else this.#chunks.push(chunk);
      this.#wake();
    });
  }

  #type(bytes: Uint8Array): void {
    const waiting = this.#chunks.reduce((length, chunk) => length + chunk.length, 0);
    if (this.#isEnded || waiting + bytes.length > MAXIMUM_TYPED) return;
    this.#chunks.push(bytes.slice());
    this.#wake();
  }

  #createTap(): SessionTap {
    const { session } = this;
    let closed: Promise<void> | undefined;
    return {
      get pty() {
        return session.pty;
      },
      onOutput: (listener) => subscribe(this.#outputListeners, listener),
      onResize: (listener) => subscribe(this.#resizeListeners, listener),
      input: (bytes) => this.#type(bytes),
      get closed() {
        return (closed ??= aborted(session.closed));
      },
    };
  }

  async #followResizes(): Promise<void> {
    for await (const size of this.session.resizes) tell(this.#resizeListeners, size);
  }

  async #followSignals(): Promise<void> {
    for await (const name of this.session.signals) this.onSignal?.(name);
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** A host that fails must not fail the visitor's session. */
function tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
  for (const listener of listeners) {
    try {
      listener(value);
    } catch {
      // It is up to the host to notice.
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

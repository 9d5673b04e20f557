/** A running command's view of the session: its streams, and what stops it. */
import type { SignalName } from '@nacre/core';
import type { Terminal } from '@nacre/core/terminal';
import type { CommandStreams } from './commands/command.js';
import type { SessionIo } from './session-io.js';

/** Signals that end a command here: those of the client (RFC 4254 §6.9), and those of the terminal except ^Z. */
const FATAL: ReadonlySet<string> = new Set(['INT', 'QUIT', 'TERM', 'HUP', 'KILL']);

export class Job implements CommandStreams {
  readonly #io: SessionIo;
  readonly #stop = new AbortController();
  readonly #onClosed = (): void => this.#stop.abort();
  readonly #ignoreTerminal: (() => void) | undefined;
  #input: ReturnType<Terminal['commandInput']> | undefined;
  #killedBy: SignalName | undefined;

  constructor(io: SessionIo) {
    this.#io = io;
    io.onSignal = (name) => this.#kill(name);
    this.#ignoreTerminal = io.terminal?.onSignal((name) => this.#kill(name));
    const { closed } = io.session;
    closed.addEventListener('abort', this.#onClosed, { once: true });
    if (closed.aborted) this.#stop.abort();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The signal that stopped it; undefined if none did. */
  get killedBy(): SignalName | undefined {
    return this.#killedBy;
  }

  /** Stdin: with a terminal, line by line until ^D; otherwise bytes as they come. */
  async read(): Promise<Uint8Array | undefined> {
    const { terminal } = this.#io;
    if (terminal === undefined) return this.#io.read(this.signal);
    if (this.signal.aborted) return undefined;
    this.#input ??= terminal.commandInput();
    return (await this.#input.next()).value;
  }

  release(chunk: Uint8Array): void {
    this.#io.release(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#io.writeOutput(bytes);
  }

  writeError(bytes: Uint8Array): Promise<void> {
    return this.#io.writeError(bytes);
  }

  /** The command is over. Input that it has not read goes to the next one. */
  end(): void {
    void this.#input?.return();
    this.#ignoreTerminal?.();
    this.#io.onSignal = undefined;
    this.#io.session.closed.removeEventListener('abort', this.#onClosed);
  }

  #kill(name: SignalName): void {
    if (!FATAL.has(name)) return;
    this.#killedBy ??= name;
    this.#stop.abort();
    void this.#input?.return();
  }
}

/** A terminal over any duplex stream, for shells: prompts, output, signals and input for commands, with promises. */
import { ConfigurationError } from '../errors.js';
import type { TerminalModes } from '../wire/terminal-modes.js';
import { CommandInput } from './command-input.js';
import type { Completion, CompletionRequest } from './completion.js';
import type { TerminalSignal } from './line-discipline.js';
import type { PromptOptions } from './line-editor.js';
import { OutputQueue, type OutputSink } from './output-queue.js';
import { initialTtyState, Tty, type TtyEffect, type TtyOptions } from './tty.js';
import { encodeUtf8 } from './utf8.js';

/** What a terminal runs over. */
export interface TerminalStream extends OutputSink {
  /** The next bytes typed; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** New sizes in characters; the terminal reads and follows them. Without these, call `resize`. */
  readonly resizes?: AsyncIterable<{ readonly columns: number; readonly rows: number }>;
}

export interface ReadLineOptions extends Omit<PromptOptions, 'completes'> {
  /** Called on TAB. Input waits for the answer, except VINTR. A failure completes nothing. */
  readonly complete?: (request: CompletionRequest) => Completion | Promise<Completion>;
  /** Cancels the prompt; `readLine` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** How a prompt ended: with a line, by VINTR, or by VEOF on an empty line or the end of the terminal. */
export type ReadLineResult =
  { readonly kind: 'line'; readonly line: string } | { readonly kind: 'interrupt' } | { readonly kind: 'end' };

interface PendingLine {
  readonly complete: ReadLineOptions['complete'];
  resolve(result: ReadLineResult): void;
  reject(reason: unknown): void;
}

/** Input is processed in pieces of this many bytes, so that a command that reads can keep up. */
const PIECE_LENGTH = 4_096;
/** If a command that reads its input is behind by this many bytes, reading from the stream pauses. */
const MAXIMUM_AHEAD = 16_384;
/** If this many bytes of output wait, the echo of input for a command is dropped. */
const MAXIMUM_ECHO_WAITING = 65_536;

/**
 * Reads from the stream continuously, so that a signal reaches a running command at once, whatever was typed before it.
 * Pauses only if a command that reads its input is behind while output is not stopped, or if a prompt's own output is not
 * taken.
 */
export class Terminal {
  readonly #stream: TerminalStream;
  readonly #tty: Tty;
  readonly #output: OutputQueue;
  readonly #listeners = new Set<(signal: TerminalSignal) => void>();
  /** A signal that came since the last prompt, before there was a listener. */
  #unheard: TerminalSignal | undefined;
  #pending: PendingLine | undefined;
  #input: CommandInput | undefined;
  #end: { readonly failure?: unknown } | undefined;

  constructor(stream: TerminalStream, options: TtyOptions = {}) {
    this.#stream = stream;
    this.#tty = new Tty(initialTtyState(options));
    this.#output = new OutputQueue(stream);
    void this.#pump();
    if (stream.resizes !== undefined) void this.#follow(stream.resizes);
  }

  /**
   * Shows a prompt and reads a line. Type-ahead, including input that a command left unread, goes into the line.
   * @throws ConfigurationError if a line is already being read; the stream's error if it failed.
   */
  async readLine(options: ReadLineOptions = {}): Promise<ReadLineResult> {
    const { complete, signal, ...prompt } = options;
    if (this.#pending !== undefined) throw new ConfigurationError('the terminal is reading a line already');
    signal?.throwIfAborted();
    this.#input?.close();
    this.#input = undefined;
    this.#unheard = undefined;
    const result = new Promise<ReadLineResult>((resolve, reject) => {
      this.#pending = { complete, resolve, reject };
    });
    const abort = () => this.#abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#perform(this.#tty.prompt({ ...prompt, completes: complete !== undefined }));
      if (this.#end !== undefined) this.#hangUp(this.#end);
    } catch (failure) {
      this.#abort(failure);
    }
    try {
      return await result;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Writes an application's output: line ends follow the modes, and a prompt stays below the output. */
  async write(output: string | Uint8Array): Promise<void> {
    const bytes = typeof output === 'string' ? encodeUtf8(output) : output;
    await this.#output.write(this.#tty.write(bytes));
  }

  /** RFC 4254 §6.7: the terminal has a new size, in characters. */
  resize(columns: number, rows: number): void {
    this.#perform(this.#tty.resize(columns, rows));
  }

  /** Changes the modes, for programs that want raw input. */
  setModes(modes: TerminalModes): void {
    this.#perform(this.#tty.setModes(modes));
  }

  /**
   * Calls `listener` on VINTR, VQUIT and VSUSP while no prompt is shown, immediately if one was typed after the line
   * that started the command. @returns a function that removes it.
   */
  onSignal(listener: (signal: TerminalSignal) => void): () => void {
    this.#listeners.add(listener);
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard !== undefined) listener(unheard);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Input for the running command: lines in canonical mode, whatever arrives in raw mode. Ends at VEOF, at the end of
   * the terminal, and with the next prompt or `commandInput()`; `return()` ends it at once. Unread input becomes
   * type-ahead.
   */
  commandInput(): CommandInput {
    this.#input?.close();
    const input = new CommandInput(this.#tty, () => this.#end !== undefined);
    this.#input = input;
    return input;
  }

  async #pump(): Promise<void> {
    try {
      for (let chunk = await this.#stream.read(); chunk !== undefined; chunk = await this.#stream.read()) {
        for (let offset = 0; offset < chunk.length; offset += PIECE_LENGTH) {
          // While output is stopped the command may be waiting for VSTART, which only reading brings.
          if (!this.#output.isStopped) await this.#input?.untilBehindByLessThan(MAXIMUM_AHEAD);
          this.#perform(this.#tty.receive(chunk.subarray(offset, offset + PIECE_LENGTH)));
          if (this.#tty.isPrompting) await this.#output.drained();
        }
      }
      this.#hangUp({});
    } catch (failure) {
      this.#hangUp({ failure });
    }
  }

  async #follow(resizes: NonNullable<TerminalStream['resizes']>): Promise<void> {
    try {
      for await (const { columns, rows } of resizes) this.resize(columns, rows);
    } catch {
      // It keeps its current size.
    }
  }

  /** The stream has ended or failed. */
  #hangUp(end: { readonly failure?: unknown }): void {
    this.#end = end;
    // VSTART cannot come any more, and the application may be waiting for it.
    this.#output.setStopped(false);
    if ('failure' in end) this.#abort(end.failure);
    else this.#perform(this.#tty.hangUp());
    this.#input?.wake();
  }

  #abort(reason: unknown): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#perform(this.#tty.cancel());
    pending.reject(reason);
  }

  #perform(effects: readonly TtyEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
    this.#input?.wake();
  }

  #performOne(effect: TtyEffect): void {
    switch (effect.kind) {
      case 'output':
        return this.#show(effect.bytes);
      case 'signal':
        if (this.#listeners.size === 0) this.#unheard = effect.signal;
        for (const listener of this.#listeners) listener(effect.signal);
        return;
      case 'flow':
        return this.#output.setStopped(effect.stopped);
      case 'complete':
        return void this.#complete(effect);
      case 'line':
      case 'interrupt':
      case 'end':
        this.#pending?.resolve(effect);
        this.#pending = undefined;
    }
  }

  /** A write failure is ignored here: the application sees it on its own next write, or the stream ends. */
  #show(bytes: Uint8Array): void {
    if (!this.#tty.isPrompting && this.#pending === undefined && this.#output.waiting > MAXIMUM_ECHO_WAITING) return;
    this.#output.write(bytes).catch(() => undefined);
  }

  async #complete(request: CompletionRequest): Promise<void> {
    const pending = this.#pending;
    let completion: Completion = { start: request.cursor, candidates: [] };
    try {
      completion = (await pending?.complete?.(request)) ?? completion;
    } catch {
      // The bell tells that nothing was completed.
    }
    if (this.#pending === pending) this.#perform(this.#tty.complete(completion));
  }
}

/** A terminal over `stream`, for example a session, which it reads from now on: `terminal(session, session.pty)`. */
export function terminal(stream: TerminalStream, options?: TtyOptions): Terminal {
  return new Terminal(stream, options);
}

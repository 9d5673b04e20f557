/** RFC 4254 §6: a command, shell or subsystem on a server, as seen by the client. */
import type { Channel, ChannelOwner, IncomingRequest } from '../connection/channel.js';
import { END_OF_WRITE } from '../connection/end-of-write.js';
import { sessionRequests, type SignalName, type TerminalSize } from '../connection/session-requests.js';
import { ChannelRequestError, SnapshotRefusedError } from '../errors.js';
import { ByteQueue, ChannelWriter, inOwnMemory, readableFrom, writableTo } from '../queue.js';
import type { Fields, Values } from '../wire/fields.js';
import { printable } from '../wire/printable.js';
import { formatTerminalModes, type TerminalModes } from '../wire/terminal-modes.js';

/** How a remote command ended. Both are undefined if the channel closed without saying, or the connection broke. */
export interface ProcessExit {
  readonly exitCode: number | undefined;
  /** Without SIG. */
  readonly signal: SignalName | undefined;
}

/** What a session channel is to run. */
export type ProcessRequest =
  | { readonly type: 'shell' }
  | { readonly type: 'exec'; readonly command: string }
  | { readonly type: 'subsystem'; readonly name: string };

export interface PtyOptions extends Partial<TerminalSize> {
  /** TERM; `xterm-256color` by default. */
  readonly term?: string;
  readonly modes?: TerminalModes;
}

const utf8 = new TextEncoder();
const MAXIMUM_SIGNAL_NAME = 64;

export class RemoteProcess implements ChannelOwner {
  /** Settles when the channel is closed. */
  readonly exited: Promise<ProcessExit>;
  /** Whether to send the server `eow@openssh.com`. */
  saysEow = false;
  readonly #channel: Channel;
  readonly #output: ByteQueue;
  readonly #errors: ByteQueue;
  #stdin: WritableStream<Uint8Array> | undefined;
  #stdout: ReadableStream<Uint8Array> | undefined;
  #stderr: ReadableStream<Uint8Array> | undefined;
  readonly #writer: ChannelWriter;
  #exit: ProcessExit = { exitCode: undefined, signal: undefined };
  #resolve: (exit: ProcessExit) => void = () => undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#output = new ByteQueue((bytes) => channel.consumed(bytes));
    this.#errors = new ByteQueue((bytes) => channel.consumed(bytes));
    this.#writer = new ChannelWriter(channel, 'the command takes no more input');
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Closing it ends the command's input. Aborting it closes the channel: input that was cut short must not look whole. */
  get stdin(): WritableStream<Uint8Array> {
    return (this.#stdin ??= writableTo(
      (chunk) => this.write(chunk),
      () => this.end(),
      () => this.close(),
    ));
  }

  /** Use this or `read`, not both. */
  get stdout(): ReadableStream<Uint8Array> {
    return (this.#stdout ??= readableFrom(this, () => this.ignoreOutput()));
  }

  get stderr(): ReadableStream<Uint8Array> {
    return (this.#stderr ??= readableFrom({ read: () => this.readError() }, () => this.ignoreErrors()));
  }

  /**
   * The next bytes of stdout; undefined at its end.
   * @throws what ended the connection (`ConnectionLostError`, `DisconnectedError`, `ConnectionClosedError` and others)
   * if that happened before the end: what was read is then not all of it.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#output.read();
  }

  /** The same for stderr. */
  readError(): Promise<Uint8Array | undefined> {
    return this.#errors.read();
  }

  /** Drops stdout, received and to come, and tells servers that understand it (OpenSSH's PROTOCOL §2.1). */
  ignoreOutput(): void {
    this.#output.discard();
    if (this.saysEow) this.#channel.request(END_OF_WRITE, new Uint8Array(0));
  }

  /** Drops stderr, received and to come, so that it never holds up stdout, with which it shares a window. */
  ignoreErrors(): void {
    this.#errors.discard();
  }

  /** Writes to stdin; settles when the bytes are on their way. @throws ConnectionClosedError after the end. */
  write(bytes: Uint8Array | string): Promise<void> {
    return this.#writer.write(typeof bytes === 'string' ? utf8.encode(bytes) : bytes);
  }

  /** Ends the command's stdin. */
  end(): void {
    this.#channel.sendEof();
  }

  resize(columns: number, rows: number, widthPixels = 0, heightPixels = 0): void {
    this.#send('window-change', { columns, rows, widthPixels, heightPixels });
  }

  /** RFC 4254 §6.9: `name` is without SIG. */
  kill(name: SignalName): void {
    this.#send('signal', { signalName: name });
  }

  close(): void {
    this.#channel.close();
  }

  /** Requests a terminal. @throws ChannelRequestError if the server refuses. */
  requestPty(options: PtyOptions): Promise<void> {
    const { term = 'xterm-256color', columns = 80, rows = 24, widthPixels = 0, heightPixels = 0, modes = {} } = options;
    const fields = { term, columns, rows, widthPixels, heightPixels, modes: formatTerminalModes(modes) };
    return this.ask('pty-req', sessionRequests['pty-req'].encode(fields), 'the server gives no terminal');
  }

  setVariable(name: string, value: string): void {
    this.#send('env', { name, value });
  }

  /** Starts a shell, a command or a subsystem. @throws ChannelRequestError if the server refuses. */
  start(request: ProcessRequest): Promise<void> {
    const layout: { encode(values: object): Uint8Array } = sessionRequests[request.type];
    return this.ask(request.type, layout.encode(request), `the server refused to start the ${request.type}`);
  }

  data(data: Uint8Array, code: number): undefined {
    if (code === 0) this.#output.push(inOwnMemory(data));
    else if (code === 1) this.#errors.push(inOwnMemory(data));
    else this.#channel.consumed(data.length);
  }

  eof(): undefined {
    this.#output.end();
    this.#errors.end();
  }

  request({ type, fields, answer }: IncomingRequest): undefined {
    if (type === 'exit-status') {
      this.#exit = { ...this.#exit, exitCode: sessionRequests['exit-status'].decode(fields).exitStatus };
    } else if (type === 'exit-signal') {
      const { signalName } = sessionRequests['exit-signal'].decode(fields);
      this.#exit = { ...this.#exit, signal: printable(signalName, MAXIMUM_SIGNAL_NAME) };
    }
    answer(type === 'exit-status' || type === 'exit-signal');
  }

  drained(): undefined {
    return this.#writer.drained();
  }

  closed(error?: Error): undefined {
    this.#output.end(error);
    this.#errors.end(error);
    this.#writer.closed();
    this.#resolve(this.#exit);
  }

  snapshot(): Uint8Array {
    throw new SnapshotRefusedError('function-handler', 'a command is awaited');
  }

  #send<K extends 'env' | 'window-change' | 'signal'>(
    type: K,
    fields: Values<(typeof sessionRequests)[K]['fields'] & Fields>,
  ): void {
    const layout: { encode(values: typeof fields): Uint8Array } = sessionRequests[type];
    this.#channel.request(type, layout.encode(fields));
  }

  /** Sends a request that wants a reply. @throws ChannelRequestError with `refusal` if the server refuses. */
  ask(type: string, fields: Uint8Array, refusal: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.request(type, fields, (success) => {
        if (success) resolve();
        else reject(new ChannelRequestError(refusal));
        return undefined;
      });
    });
  }
}

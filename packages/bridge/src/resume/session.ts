/** One byte stream over one WebSocket after another (SSH Relay v4): positions, acknowledgements, replay, ends. */
import { onceEnded, type ByteStream, type LinkEnd } from '../pump.js';
import { answerPings } from '../heartbeat.js';
import { CLOSE, FrameError } from '../websocket/frames.js';
import { OPEN, type Link } from '../websocket/link.js';
import { systemSchedule, type Schedule } from './clock.js';
import { decodeCommand, encodeAck, ResumeFault, type Command } from './commands.js';
import { ReplayBuffer } from './replay-buffer.js';

/** Our own code: the stream ended without its end of stream, and the peer need not come back. */
export const CLOSE_ABORTED = 4000;

/** So much may be sent and not acknowledged, in bytes; then the source is paused. */
export const REPLAY_LIMIT: number = 1024 * 1024;
/** Received bytes are acknowledged when so many have come, and in any case after so many ms. */
const ACK_BYTES = 64 * 1024;
const ACK_DELAY = 250;
/** Above this many bytes that wait for our output the link is paused. */
const OUTPUT_MARK = 256 * 1024;
/** Acknowledgements wait while more than this is queued on the link: a peer that never reads must not fill memory. */
const ACK_MARK = 128 * 1024;

const FRAME = { binary: true, compress: false } as const;

/** Close codes after which coming back would only repeat what went wrong. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  CLOSE_ABORTED,
  CLOSE.protocolError,
  CLOSE.unsupportedData,
  CLOSE.invalidPayload,
  CLOSE.policyViolation,
  CLOSE.messageTooBig,
]);

export interface Attachment {
  /** The server's first command on a link. */
  readonly greeting?: Buffer;
  /** What the client waits for before anything else. */
  readonly expects?: 'CONNECT_SUCCESS' | 'RECONNECT_SUCCESS';
}

export interface SessionOptions {
  /** The link is gone and nothing is over: somebody has to bring another. */
  readonly onLost: (code: number, reason: string) => void;
  readonly onSid?: (sid: string) => void;
  readonly schedule?: Schedule | undefined;
  readonly replayLimit?: number | undefined;
}

/** `ending`: our input is over and Close 1000 follows what is still to be sent. */
type Phase = 'open' | 'ending' | 'ended';

export class ResumableSession {
  /** Resolves when the last byte was delivered, or when that has become impossible. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  readonly #stream: ByteStream;
  readonly #options: SessionOptions;
  readonly #replay = new ReplayBuffer();
  readonly #limit: number;
  readonly #schedule: Schedule;
  #settle: (end: LinkEnd) => void = () => undefined;
  #phase: Phase = 'open';
  #link: Link | undefined;
  /** What the current link's peer has to say first; until then we only listen. */
  #expects: Attachment['expects'];
  #received = 0;
  #acknowledged = 0;
  #cancelAck: (() => void) | undefined;

  /** The stream may arrive paused; it flows once there is a link. */
  constructor(stream: ByteStream, options: SessionOptions) {
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.#stream = stream;
    this.#options = options;
    this.#limit = options.replayLimit ?? REPLAY_LIMIT;
    this.#schedule = options.schedule ?? systemSchedule;
    this.#watchStream();
  }

  /** How many bytes of the peer have arrived: where it has to go on. */
  get received(): number {
    return this.#received;
  }

  /** Bytes kept for the peer until it says that it has them. */
  get held(): number {
    return this.#replay.cost;
  }

  /** Grows with each byte that has arrived, on either side as far as the peer has said so. */
  get progress(): number {
    return this.#received + this.#replay.acknowledged;
  }

  /** Whether all that is left is to deliver what was said last. */
  get isEnding(): boolean {
    return this.#phase === 'ending';
  }

  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  get hasLink(): boolean {
    return this.#link !== undefined;
  }

  /**
   * Forgets what the peer says it has. To be called before a link is attached for it.
   *
   * @throws ResumeFault
   */
  acknowledge(position: number): void {
    this.#replay.acknowledge(position);
  }

  /** Goes on over `link`, given paused. One that is there already is dropped: it is half dead, or the peer would not be here. */
  attach(link: Link, { greeting, expects }: Attachment): void {
    const replaced = this.#link;
    this.#link = link;
    replaced?.terminate();
    this.#expects = expects;
    // Either side has just said, in its greeting or its address, how much it has.
    this.#acknowledged = this.#received;
    answerPings(link);
    link.on('error', (error) => {
      if (this.#link === link && error instanceof FrameError) this.fail(error);
    });
    link.on('message', (message, isBinary) => {
      if (this.#link === link && this.#phase !== 'ended') this.#receive(link, message, isBinary);
    });
    link.on('close', (code, reason) => {
      if (this.#link === link) this.#onClose(code, reason.toString());
    });
    if (link.readyState !== OPEN) {
      this.#link = undefined;
      this.#options.onLost(CLOSE.abnormal, '');
      return;
    }
    if (greeting) link.send(greeting, FRAME);
    if (expects !== 'RECONNECT_SUCCESS') this.#sendHeld(link);
    if (this.#stream.output.writableLength <= OUTPUT_MARK) link.resume();
    if (this.#replay.cost < this.#limit) this.#stream.input.resume();
  }

  /** Ends it for good, on both sides as far as there is a link. */
  fail(error: Error): void {
    if (this.#phase === 'ended') return;
    const link = this.#link;
    link?.close(error instanceof ResumeFault ? CLOSE.protocolError : CLOSE_ABORTED, error.message);
    // What still comes is read and dropped until the peer has answered.
    link?.resume();
    this.#end();
    this.#stream.abort();
    this.#settle({ how: 'failed', error });
  }

  #watchStream(): void {
    const { input, output } = this.#stream;
    const onGone = (error?: Error): void => {
      if (this.#phase === 'open') this.fail(error ?? new Error('closed before its end of stream'));
      // Nobody takes the output any more, but the peer's Close is still to be read.
      else if (this.#phase === 'ending') this.#link?.resume();
    };
    input.on('data', (chunk: Buffer) => this.#send(chunk));
    onceEnded(this.#stream, () => {
      if (this.#phase !== 'open') return;
      this.#phase = 'ending';
      if (this.#expects !== 'RECONNECT_SUCCESS') this.#link?.close(CLOSE.normal);
    });
    input.on('error', onGone);
    input.on('close', () => onGone());
    output.on('error', onGone);
    output.on('drain', () => this.#link?.resume());
  }

  #send(chunk: Buffer): void {
    if (this.#phase === 'ended') return;
    const commands = this.#replay.append(chunk);
    const link = this.#expects === 'RECONNECT_SUCCESS' ? undefined : this.#link;
    for (const command of commands) link?.send(command, FRAME);
    if (this.#replay.cost >= this.#limit) this.#stream.input.pause();
  }

  /** Everything the peer has not acknowledged, once more. */
  #sendHeld(link: Link): void {
    for (const command of this.#replay.replay()) link.send(command, FRAME);
    if (this.#phase === 'ending') link.close(CLOSE.normal);
  }

  #receive(link: Link, message: Buffer, isBinary: boolean): void {
    try {
      if (!isBinary) throw new ResumeFault('a text frame');
      this.#handle(link, decodeCommand(message));
    } catch (error) {
      if (!(error instanceof ResumeFault)) throw error;
      this.fail(error);
    }
  }

  #handle(link: Link, command: Command): void {
    if (command.name === 'unknown') return;
    if (this.#expects === undefined && command.name === 'DATA') {
      this.#deliver(link, command.data);
    } else if (this.#expects === undefined && command.name === 'ACK') {
      this.#replay.acknowledge(command.position);
      if (this.#replay.cost <= this.#limit / 2) this.#stream.input.resume();
    } else {
      this.#greet(link, command);
    }
  }

  #greet(link: Link, command: Command): void {
    if (command.name !== this.#expects) throw new ResumeFault(`${command.name}; expected ${this.#expects ?? 'data'}`);
    this.#expects = undefined;
    if (command.name === 'CONNECT_SUCCESS') {
      this.#options.onSid?.(command.sid);
    } else if (command.name === 'RECONNECT_SUCCESS') {
      this.#replay.acknowledge(command.position);
      this.#sendHeld(link);
      if (this.#replay.cost < this.#limit) this.#stream.input.resume();
    }
  }

  #deliver(link: Link, data: Buffer): void {
    const { output } = this.#stream;
    this.#received += data.length;
    if (output.writable) output.write(data);
    if (output.writableLength > OUTPUT_MARK) link.pause();
    if (this.#received - this.#acknowledged >= ACK_BYTES) this.#acknowledge();
    else this.#acknowledgeLater();
  }

  #acknowledgeLater(): void {
    this.#cancelAck ??= this.#schedule(ACK_DELAY, () => {
      this.#cancelAck = undefined;
      this.#acknowledge();
    });
  }

  #acknowledge(): void {
    const link = this.#link;
    if (link === undefined || link.readyState !== OPEN || this.#received === this.#acknowledged) return;
    if (link.bufferedAmount > ACK_MARK) {
      this.#acknowledgeLater();
      return;
    }
    this.#acknowledged = this.#received;
    link.send(encodeAck(this.#received), FRAME);
  }

  #onClose(code: number, reason: string): void {
    this.#link = undefined;
    if (this.#phase === 'ended') return;
    if (code === CLOSE.normal) {
      this.#end();
      void this.#stream.finish().then(() => this.#settle({ how: 'clean' }));
    } else if (FINAL_CODES.has(code)) {
      this.#end();
      this.#stream.abort();
      this.#settle({ how: 'broken', code, reason });
    } else {
      this.#options.onLost(code, reason);
    }
  }

  #end(): void {
    this.#phase = 'ended';
    this.#cancelAck?.();
    this.#replay.clear();
  }
}

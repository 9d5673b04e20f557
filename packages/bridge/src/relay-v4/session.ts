/** One byte stream over successive WebSockets (SSH Relay v4): positions, acknowledgements, replay, ends. */
import type { LinkEnd } from '../link-end.js';
import { CLOSE } from '../websocket/close-codes.js';
import { systemSchedule, type Schedule } from './clock.js';
import {
  ARRAY_LENGTH,
  decodeCommand,
  encodeAck,
  encodeLongArrays,
  LONG_ARRAY_LENGTH,
  ResumeFault,
  type Command,
} from './commands.js';
import type { MessageLink, SessionStream, StreamReceiver } from './ends.js';
import { ReplayBuffer } from './replay-buffer.js';

/** Our own code: the stream was cut off before its end, and the peer must not reconnect. */
export const CLOSE_ABORTED = 4000;

/**
 * How much may be sent and not acknowledged, in bytes, before the source is paused: the window of an SSH channel, so that a
 * distant peer is not held back more than SSH itself does.
 */
export const REPLAY_LIMIT: number = 2 * 1024 * 1024;
/** Received bytes are acknowledged after so many, more of them if arrays are long, and in any case after so many ms. */
const ACK_LENGTH = 64 * 1024;
const LONG_ACK_LENGTH = 512 * 1024;
const ACK_DELAY = 250;
/** Acknowledgements wait while more than this is queued on the link: a peer that never reads must not fill memory. */
const ACK_MARK = 128 * 1024;
/** How long a server may take to greet, in ms: for a new session it may have to connect to its target first. */
const CONNECT_GREETING = 30_000;
const RECONNECT_GREETING = 10_000;
/** Doubles the tolerated silence at most this many times, to 32 times the initial one. */
const MAX_GIVEN_UP = 5;

/** Close codes after which reconnecting would only repeat the failure. */
export const FINAL_CODES: ReadonlySet<number> = new Set([
  CLOSE_ABORTED,
  CLOSE.protocolError,
  CLOSE.unsupportedData,
  CLOSE.invalidPayload,
  CLOSE.policyViolation,
  CLOSE.messageTooBig,
]);

export interface Attachment {
  /** The server's first command on a link. */
  readonly greeting?: Uint8Array<ArrayBuffer>;
  /** What the client waits for before anything else. */
  readonly expects?: 'CONNECT_SUCCESS' | 'RECONNECT_SUCCESS';
}

export interface SessionOptions {
  /** The link is lost but the session is not over: another link has to be attached. */
  readonly onLost: (code: number, reason: string) => void;
  readonly onSid?: (sid: string) => void;
  readonly schedule?: Schedule | undefined;
  readonly replayLimit?: number | undefined;
  /**
   * For links that cannot be pinged: one is given up if nothing comes for so long, in ms, while bytes wait to be acknowledged.
   * The time doubles whenever that was no help, as the peer's reader may simply have stopped.
   */
  readonly silence?: number | undefined;
}

/** `ending`: our input is over, and Close 1000 follows what is still to be sent. */
type Phase = 'open' | 'ending' | 'ended';

export class ResumableSession implements StreamReceiver {
  /** Resolves when the last byte has been delivered, or that has become impossible. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  readonly #stream: SessionStream;
  readonly #options: SessionOptions;
  readonly #replay = new ReplayBuffer();
  readonly #schedule: Schedule;
  #settle: (end: LinkEnd) => void = () => undefined;
  #phase: Phase = 'open';
  #link: MessageLink | undefined;
  /** The command that the current link's peer must send first; until then only that is accepted. */
  #expects: Attachment['expects'];
  #received = 0;
  #acknowledged = 0;
  /** How long arrays may be, in both directions. */
  #longestArray = ARRAY_LENGTH;
  /** How much the peer had when the current link began. */
  #linkStart = 0;
  /** Whether the peer has been told that we accept long ones. */
  #hasToldLength = false;
  /** The stream accepts no more for now. */
  #isFull = false;
  #cancelAck: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  /** Whether anything has come since the watch began. */
  #hasHeard = false;
  /** How often links were given up since the last acknowledgement. */
  #givenUp = 0;

  /** The stream may arrive paused; it flows once there is a link. */
  constructor(stream: SessionStream, options: SessionOptions) {
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.#stream = stream;
    this.#options = options;
    this.#schedule = options.schedule ?? systemSchedule;
    stream.listen(this);
  }

  /** How many bytes have arrived from the peer: the position where it has to go on. */
  get received(): number {
    return this.#received;
  }

  /** Memory kept for the peer until it acknowledges, in bytes. */
  get held(): number {
    return this.#replay.cost;
  }

  /** Grows with each byte that arrives on either side; at the peer's, when it is acknowledged. */
  get progress(): number {
    return this.#received + this.#replay.acknowledged;
  }

  /** Whether only the last bytes are left to deliver. */
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
   * Forgets what the peer says it has. Called before its link is attached.
   *
   * @throws ResumeFault
   */
  acknowledge(position: number): void {
    this.#replay.acknowledge(position, false);
  }

  /** Goes on over `link`, given paused. An existing link is dropped: it must be dead, or the peer would not be back. */
  attach(link: MessageLink, { greeting, expects }: Attachment): void {
    const replaced = this.#link;
    this.#link = link;
    replaced?.terminate();
    this.#expects = expects;
    // Each side has just told how much it has, in its greeting or in the URL.
    this.#acknowledged = this.#received;
    this.#linkStart = this.#replay.acknowledged;
    link.listen({
      message: (message) => {
        if (this.#link === link && this.#phase !== 'ended') this.#receive(link, message);
      },
      faulted: (error) => {
        if (this.#link === link) this.fail(error);
      },
      closed: (code, reason) => {
        if (this.#link === link) this.#onClose(code, reason);
      },
    });
    // `listen` may already have delivered events, perhaps the end.
    if (this.#link !== link || this.#phase === 'ended') return;
    if (greeting) link.send([greeting]);
    if (expects !== undefined) this.#awaitGreeting(link, expects);
    if (expects !== 'RECONNECT_SUCCESS') this.#sendHeld(link);
    if (!this.#isFull) link.resume();
    if (this.#hasRoom) this.#stream.resume();
  }

  /** Ends the session for good, and tells the peer if there is a link. */
  fail(error: Error): void {
    if (this.#phase === 'ended') return;
    const link = this.#link;
    link?.close(error instanceof ResumeFault ? CLOSE.protocolError : CLOSE_ABORTED, error.message);
    // Further input is read and dropped until the peer has answered.
    link?.resume();
    this.#end();
    this.#stream.abort();
    this.#settle({ how: 'failed', error });
  }

  /** Of the stream. */
  data(...chunks: Uint8Array[]): void {
    if (this.#phase === 'ended') return;
    const commands = this.#replay.append(chunks, this.#arrayLength);
    const link = this.#expects === 'RECONNECT_SUCCESS' ? undefined : this.#link;
    link?.send(commands);
    if (!this.#hasRoom) this.#stream.pause();
    if (link !== undefined) this.#watch(link);
  }

  /** Of the stream. */
  end(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ending';
    if (this.#expects !== 'RECONNECT_SUCCESS') this.#link?.close(CLOSE.normal);
  }

  /** Of the stream. */
  drained(): void {
    this.#isFull = false;
    this.#link?.resume();
  }

  /** Of the stream. */
  gone(error?: Error): void {
    if (this.#phase === 'open') this.fail(error ?? new Error('closed before its end of stream'));
    // Nobody reads the output any more, but the peer's Close is still to be read.
    else if (this.#phase === 'ending') this.#link?.resume();
  }

  /** No more than the link has proved to carry: a longer array might never arrive whole over links that soon break. */
  get #arrayLength(): number {
    return Math.min(this.#longestArray, Math.max(ARRAY_LENGTH, this.#replay.acknowledged - this.#linkStart));
  }

  get #hasRoom(): boolean {
    return this.#replay.cost < (this.#options.replayLimit ?? REPLAY_LIMIT);
  }

  /** A link without a greeting is useless: another one may do better. */
  #awaitGreeting(link: MessageLink, expects: NonNullable<Attachment['expects']>): void {
    const deadline = expects === 'CONNECT_SUCCESS' ? CONNECT_GREETING : RECONNECT_GREETING;
    this.#rewatch(deadline, () => {
      if (this.#link === link && this.#expects !== undefined) link.terminate();
    });
  }

  #watch(link: MessageLink): void {
    const { silence } = this.#options;
    if (silence === undefined || this.#cancelWatch !== undefined) return;
    this.#hasHeard = false;
    this.#rewatch(silence * 2 ** this.#givenUp, () => {
      if (this.#link !== link || this.#replay.length === 0) return;
      if (this.#hasHeard) {
        this.#watch(link);
        return;
      }
      this.#givenUp = Math.min(this.#givenUp + 1, MAX_GIVEN_UP);
      link.terminate();
    });
  }

  #rewatch(delay: number, look: () => void): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.#schedule(delay, () => {
      this.#cancelWatch = undefined;
      look();
    });
  }

  #unwatch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
  }

  /** Sends everything that the peer has not acknowledged, again. */
  #sendHeld(link: MessageLink): void {
    link.send(this.#replay.replay(this.#arrayLength));
    if (this.#phase === 'ending') link.close(CLOSE.normal);
  }

  #receive(link: MessageLink, message: Uint8Array | string): void {
    this.#hasHeard = true;
    try {
      if (typeof message === 'string') throw new ResumeFault('a text frame');
      this.#handle(link, decodeCommand(message));
    } catch (error) {
      if (!(error instanceof ResumeFault)) throw error;
      this.fail(error);
    }
  }

  #handle(link: MessageLink, command: Command): void {
    if (command.name === 'unknown') return;
    if (this.#expects === undefined && command.name === 'DATA') {
      this.#deliver(link, command.data);
    } else if (this.#expects === undefined && command.name === 'ACK') {
      this.#replay.acknowledge(command.position, link.sendCopies === true || link.bufferedAmount === 0);
      this.#givenUp = 0;
      if (this.#hasRoom) this.#stream.resume();
    } else if (this.#expects === undefined && command.name === 'LONG_ARRAYS') {
      this.#longestArray = LONG_ARRAY_LENGTH;
      this.#tellLength(link);
    } else {
      this.#greet(link, command);
    }
  }

  /** The client sends it first; only servers that know the command answer, and others ignore it. */
  #tellLength(link: MessageLink): void {
    if (this.#hasToldLength) return;
    this.#hasToldLength = true;
    link.send([encodeLongArrays()]);
  }

  #greet(link: MessageLink, command: Command): void {
    if (command.name !== this.#expects) throw new ResumeFault(`${command.name}; expected ${this.#expects ?? 'data'}`);
    this.#expects = undefined;
    this.#unwatch();
    if (command.name === 'CONNECT_SUCCESS') {
      this.#options.onSid?.(command.sid);
      this.#tellLength(link);
    } else if (command.name === 'RECONNECT_SUCCESS') {
      this.#replay.acknowledge(command.position, false);
      this.#linkStart = command.position;
      this.#sendHeld(link);
      if (this.#hasRoom) this.#stream.resume();
    }
    if (this.#replay.length > 0) this.#watch(link);
  }

  #deliver(link: MessageLink, data: Uint8Array): void {
    this.#received += data.length;
    if (!this.#stream.deliver(data)) {
      this.#isFull = true;
      link.pause();
    }
    const enough = this.#longestArray === ARRAY_LENGTH ? ACK_LENGTH : LONG_ACK_LENGTH;
    if (this.#received - this.#acknowledged >= enough) this.#acknowledge();
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
    if (link === undefined || !link.isOpen || this.#received === this.#acknowledged) return;
    if (link.bufferedAmount > ACK_MARK) {
      this.#acknowledgeLater();
      return;
    }
    this.#acknowledged = this.#received;
    link.send([encodeAck(this.#received)]);
  }

  #onClose(code: number, reason: string): void {
    this.#link = undefined;
    this.#unwatch();
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
    this.#unwatch();
    this.#replay.clear();
  }
}

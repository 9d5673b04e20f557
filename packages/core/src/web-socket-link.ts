/** RFC 6455 as the web has it: a standard WebSocket as a byte stream, in binary frames whose boundaries mean nothing. */
import { systemClock, type Clock } from './driver.js';
import { ConnectionLostError } from './errors.js';
import type { ByteLink, LinkReceiver, Peer } from './link.js';

/** What a link needs of the WebSockets of browsers, Deno and Workers. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** The memory is never a SharedArrayBuffer. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error' | 'open', listener: (event: object) => void): void;
}

export interface WebSocketLinkOptions {
  readonly peer?: Peer;
  readonly clock?: Clock;
  /** True if `send` has copied the bytes when it returns, as in browsers and workerd: their memory is then reused. `ws` does not copy. */
  readonly sendCopies?: boolean;
  /** True if the garbage collector knows the size of messages, as in browsers: they are then not copied. */
  readonly messagesAreWeighed?: boolean;
}

/** Largest frame sent, in bytes; a chunk of bulk data is one frame. */
const MAXIMUM_FRAME = 264 * 1024;
/**
 * Writing stops while this much has not left, and continues below the lower mark, in bytes: with one more write the
 * total stays below 1 MiB. From the lower mark on there is room for three chunks: a turn of the runtime costs the same
 * for one.
 */
const HIGH_MARK = 728 * 1024;
const LOW_MARK = 192 * 1024;
/** Most input kept before the link is opened, in bytes: an identification and what a client sends without waiting. */
const MAXIMUM_EARLY = 128 * 1024;
/** A WebSocket does not report when it has sent. Interval of polls while it sends, and the longest while its reader stands still, in ms. */
const SHORTEST_POLL = 1;
const LONGEST_POLL = 64;

/** `WebSocket.CONNECTING` and `WebSocket.OPEN`. */
const CONNECTING = 0;
const OPEN = 1;
/** RFC 6455 §7.4: a program may send 1000 and the codes from 3000 on. */
const CLOSE_NORMAL = 1000;
const CLOSE_BROKEN = 4000;
const CLOSE_UNSUPPORTED_DATA = 4003;

/**
 * A link over a WebSocket that is open or being opened. A close with 1000 is an orderly end, with everything sent
 * delivered; any other end is an error. Reading cannot be paused: input that arrives while a connection waits is
 * bounded by the connection.
 */
export function fromWebSocket(socket: WebSocketLike, options: WebSocketLinkOptions = {}): ByteLink {
  return new WebSocketLink(socket, options);
}

class WebSocketLink implements ByteLink {
  readonly peer?: Peer;
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  readonly #sendCopies: boolean;
  readonly #messagesAreWeighed: boolean;
  readonly #early = new EarlyInput();
  #receiver: LinkReceiver = this.#early;
  /** Written before the socket was open; at most one write, because it returns false. */
  #unsent: Uint8Array[] = [];
  #isEnding = false;
  #isOver = false;
  /** While writing is stopped: the bytes that had not left at the last look, and a function that cancels the next. */
  #poll: { readonly before: number; readonly cancel: () => void } | undefined;
  /** Bytes that left as soon as they were written: while that continues, nobody else is heard. */
  #leftAtOnce = 0;

  constructor(socket: WebSocketLike, options: WebSocketLinkOptions) {
    const { peer, clock = systemClock, sendCopies = false, messagesAreWeighed = false } = options;
    if (peer !== undefined) this.peer = peer;
    this.#socket = socket;
    this.#clock = clock;
    this.#sendCopies = sendCopies;
    this.#messagesAreWeighed = messagesAreWeighed;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.#start());
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('error', () => this.#finish(new ConnectionLostError('the WebSocket failed')));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(code, reason));
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#early.replay(receiver);
  }

  write(bytes: Uint8Array): boolean {
    const { readyState } = this.#socket;
    if (readyState === CONNECTING) this.#unsent.push(bytes);
    if (readyState !== OPEN) return false;
    this.#send(bytes);
    const { bufferedAmount } = this.#socket;
    // Interop: with `ws`, and in Bun, the kernel may have taken all; elsewhere bytes leave once the event loop turns.
    if (bufferedAmount === 0) this.#leftAtOnce += bytes.length;
    if (bufferedAmount + this.#leftAtOnce <= HIGH_MARK) return true;
    this.#leftAtOnce = 0;
    this.#waitForRoom(SHORTEST_POLL);
    return false;
  }

  isFlushed(): boolean | undefined {
    return this.#sendCopies ? this.#unsent.length === 0 : undefined;
  }

  pause(): void {
    // A WebSocket continues to deliver.
  }

  resume(): void {
    // It never stopped.
  }

  end(): void {
    this.#isEnding = true;
    if (this.#socket.readyState !== CONNECTING || this.#unsent.length === 0) this.#close(CLOSE_NORMAL);
  }

  destroy(): void {
    this.#stop();
    // After `end` the socket is closing, and this changes nothing: the peer has read code 1000.
    this.#close(CLOSE_BROKEN, 'abandoned');
  }

  #start(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const bytes of unsent) this.#send(bytes);
    if (this.#isEnding) this.#close(CLOSE_NORMAL);
    else if (unsent.length > 0) this.#receiver.drain();
  }

  #send(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; offset += MAXIMUM_FRAME) {
      this.#socket.send(bytes.subarray(offset, offset + MAXIMUM_FRAME) as Uint8Array<ArrayBuffer>);
    }
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    if (!(data instanceof ArrayBuffer || data instanceof Uint8Array)) {
      this.#close(CLOSE_UNSUPPORTED_DATA, 'binary frames only');
      this.#finish(new ConnectionLostError('the peer sent a text frame where only bytes may be'));
    } else if (this.#receiver === this.#early && this.#early.length + data.byteLength > MAXIMUM_EARLY) {
      this.#close(CLOSE_BROKEN, 'too much input before it was asked for');
      this.#finish(new ConnectionLostError('the peer sent too much before the connection began'));
    } else if (data instanceof Uint8Array) {
      // From a substitute for a WebSocket: other messages may share the same memory, so it cannot be taken over.
      this.#receiver.chunk(data);
    } else {
      this.#receiver.chunk(this.#messagesAreWeighed ? new Uint8Array(data) : takeOver(data));
    }
    // A peer that writes has often read, too: to go on in this turn of the event loop saves that of the next look. If
    // everything left at once, the next turn is what is being waited for: one turn may bring many messages.
    if (this.#poll !== undefined && this.#poll.before > LOW_MARK) this.#look();
  }

  #closed(code: number, reason: string): void {
    if (code !== CLOSE_NORMAL) {
      this.#finish(
        new ConnectionLostError(`the WebSocket closed with code ${code}${reason === '' ? '' : `: ${reason}`}`),
      );
      return;
    }
    // workerd leaves the answer to a Close to the program, and its peer would take any other code for a broken link.
    this.#close(CLOSE_NORMAL);
    this.#finish();
  }

  #close(code: number, reason?: string): void {
    try {
      this.#socket.close(code, reason);
    } catch {
      // It is closed already, in which case some runtimes throw.
    }
  }

  #finish(error?: Error): void {
    if (this.#isOver) return;
    this.#stop();
    this.#receiver.end(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#unsent = [];
    this.#poll?.cancel();
    this.#poll = undefined;
  }

  #waitForRoom(milliseconds: number): void {
    if (this.#poll !== undefined) return;
    const before = this.#socket.bufferedAmount;
    const cancel = this.#clock.schedule(() => {
      if (this.#look()) return;
      const hasMoved = this.#socket.bufferedAmount < before;
      this.#poll = undefined;
      this.#waitForRoom(hasMoved ? SHORTEST_POLL : Math.min(milliseconds * 2, LONGEST_POLL));
    }, milliseconds);
    this.#poll = { before, cancel };
  }

  /** Goes on writing if there is room again. @returns whether nothing is waited for any more */
  #look(): boolean {
    const { bufferedAmount, readyState } = this.#socket;
    if (readyState === OPEN && bufferedAmount > LOW_MARK) return false;
    this.#poll?.cancel();
    this.#poll = undefined;
    if (readyState === OPEN) this.#receiver.drain();
    return true;
  }
}

/**
 * The bytes of a message in garbage-collected memory, with the message's own memory freed at once. A message lies
 * outside of V8's heap, where 64 MiB of dead ones may accumulate before V8 looks; a copy costs a hundredth of the
 * decryption.
 */
function takeOver(message: ArrayBuffer & { transfer?(length: number): ArrayBuffer }): Uint8Array {
  const bytes = new Uint8Array(message.slice(0));
  // Older runtimes cannot.
  message.transfer?.(0);
  return bytes;
}

/** A socket delivers from its first turn on; a connection begins when its hook and keys are ready: input in between is kept. */
class EarlyInput implements LinkReceiver {
  /** In bytes. */
  length = 0;
  #chunks: Uint8Array[] = [];
  #end: { readonly error: unknown } | undefined;

  chunk(bytes: Uint8Array): void {
    this.length += bytes.length;
    this.#chunks.push(bytes);
  }

  end(error?: unknown): void {
    this.#end = { error };
  }

  drain(): void {
    // Nothing was written.
  }

  replay(receiver: LinkReceiver): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) receiver.chunk(chunk);
    if (this.#end !== undefined) receiver.end(this.#end.error);
  }
}

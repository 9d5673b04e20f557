/** RFC 6455 as the web has it: one standard WebSocket is one stream of bytes, in binary frames whose boundaries mean nothing. */
import { systemClock, type Clock } from './driver.js';
import { ConnectionLostError } from './errors.js';
import type { ByteLink, LinkReceiver, Peer } from './link.js';

/** What the WebSockets of browsers, Deno and Workers have in common, as far as a link needs it. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  /** Bytes given to `send` that have not left. */
  readonly bufferedAmount: number;
  /** The memory is never shared. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error' | 'open', listener: (event: object) => void): void;
}

export interface WebSocketLinkOptions {
  readonly peer?: Peer;
  readonly clock?: Clock;
  /** True where `send` has copied the bytes when it returns, as in browsers and workerd: their memory is then used again. `ws` has not. */
  readonly sendCopies?: boolean;
  /** True where the collector knows what messages weigh, as in browsers: they are then not copied. */
  readonly messagesAreWeighed?: boolean;
}

/** Largest frame sent, in bytes: a chunk of bulk data is one of these. */
const MAXIMUM_FRAME = 264 * 1024;
/**
 * No more is written while so much has not left, and writing goes on below the lower mark, in bytes: with one write more it stays
 * below 1 MiB. From the lower mark three chunks fit: a turn of the runtime's costs the same for one.
 */
const HIGH_MARK = 728 * 1024;
const LOW_MARK = 192 * 1024;
/** What may come before the link is opened, in bytes: an identification and what a client sends without waiting. */
const MAXIMUM_EARLY = 128 * 1024;
/** A WebSocket does not say when it has sent. It is asked so often while it sends, and less and less often while its reader stands still, in ms. */
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
 * A link over a WebSocket that is open or being opened. Closed with 1000 it has ended, with all that was sent delivered; any
 * other end is an error. Reading cannot be paused: what comes while a connection waits is bounded by the connection.
 */
export function fromWebSocket(socket: WebSocketLike, options: WebSocketLinkOptions = {}): ByteLink {
  return new WebSocketLink(socket, options);
}

class WebSocketLink implements ByteLink {
  readonly peer?: Peer;
  /** Only where `send` copies. */
  readonly isFlushed?: () => boolean;
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  readonly #messagesAreWeighed: boolean;
  readonly #early = new EarlyInput();
  #receiver: LinkReceiver = this.#early;
  /** Written before the socket was open; one write at most, because it answers false. */
  #unsent: Uint8Array[] = [];
  #isEnding = false;
  #isOver = false;
  #cancelPoll: (() => void) | undefined;
  /** Bytes that have left as they were written: while that goes on nobody else is heard. */
  #leftAtOnce = 0;

  constructor(socket: WebSocketLike, options: WebSocketLinkOptions) {
    const { peer, clock = systemClock, sendCopies = false, messagesAreWeighed = false } = options;
    if (peer !== undefined) this.peer = peer;
    this.#socket = socket;
    this.#clock = clock;
    this.#messagesAreWeighed = messagesAreWeighed;
    if (sendCopies) this.isFlushed = () => this.#unsent.length === 0;
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

  pause(): void {
    // A WebSocket goes on delivering.
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
      // From what stands in for a WebSocket: other messages may lie in the same memory, so it cannot be taken over.
      this.#receiver.chunk(data);
    } else {
      this.#receiver.chunk(this.#messagesAreWeighed ? new Uint8Array(data) : takeOver(data));
    }
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
      // It is closed already, at which some runtimes throw.
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
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  #waitForRoom(milliseconds: number): void {
    if (this.#cancelPoll !== undefined) return;
    const before = this.#socket.bufferedAmount;
    this.#cancelPoll = this.#clock.schedule(() => {
      this.#cancelPoll = undefined;
      const { bufferedAmount, readyState } = this.#socket;
      if (readyState !== OPEN) return;
      if (bufferedAmount <= LOW_MARK) this.#receiver.drain();
      else this.#waitForRoom(bufferedAmount < before ? SHORTEST_POLL : Math.min(milliseconds * 2, LONGEST_POLL));
    }, milliseconds);
  }
}

/**
 * The bytes of a message in memory of the collector's own, and the message's memory freed at once. A message lies outside of
 * V8's heap, where 64 MiB of dead ones may gather before V8 looks; a copy costs a hundredth of the decryption.
 */
function takeOver(message: ArrayBuffer & { transfer?(length: number): ArrayBuffer }): Uint8Array {
  const bytes = new Uint8Array(message.slice(0));
  // Older runtimes cannot.
  message.transfer?.(0);
  return bytes;
}

/** A socket delivers from its first turn on, a connection begins when its hook and its keys are ready: what comes in between is kept. */
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

/** RFC 6455 as the web has it: one standard WebSocket is one stream of bytes, in binary frames. */
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';

/** What the runtimes' WebSockets have in common, as far as a link needs it. */
export interface StandardWebSocket {
  binaryType: string;
  readonly readyState: number;
  /** Bytes given to `send` that have not left. */
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error' | 'open', listener: (event: object) => void): void;
}

/** Largest frame sent, in bytes: peers take 512 KiB, and larger ones are no faster. */
const MAXIMUM_FRAME = 256 * 1024;
/** No more is written while so much has not left, and writing goes on below the lower mark, in bytes: with one write more it stays under 1 MiB. */
const HIGH_MARK = 640 * 1024;
const LOW_MARK = 256 * 1024;
/** A client says little before it is answered: more than this before the connection begins is no ssh, in bytes. */
const MAXIMUM_EARLY = 64 * 1024;
/** A WebSocket does not say when it has sent. It is asked, at first this often, and less the longer nothing moves, in ms. */
const SHORTEST_POLL = 1;
const LONGEST_POLL = 64;

/** `readyState` while data may be sent. */
const OPEN = 1;
const CLOSE_CLEAN = 1000;
const CLOSE_UNSUPPORTED_DATA = 1003;
/** What a program may close with, besides 1000, begins at 3000: here it stands for every broken link. */
const CLOSE_BROKEN = 3000;

export interface WebSocketLinkOptions {
  readonly peer?: Peer;
  /** Calls back once after `milliseconds`. */
  readonly schedule?: (callback: () => void, milliseconds: number) => void;
}

const systemSchedule = (callback: () => void, milliseconds: number): void => void setTimeout(callback, milliseconds);

/**
 * A link over an open WebSocket. Closed with 1000 it has ended, with all that was sent delivered; any other end is an error.
 * Reading cannot be paused: what comes while the connection waits is bounded by the connection, which ends when it is too much.
 */
export function fromWebSocket(socket: StandardWebSocket, options: WebSocketLinkOptions = {}): ByteLink {
  return new WebSocketLink(socket, options);
}

class WebSocketLink implements ByteLink {
  readonly peer?: Peer;
  readonly #socket: StandardWebSocket;
  readonly #schedule: (callback: () => void, milliseconds: number) => void;
  /** What came before there was a receiver; nothing is delivered twice, so nobody may miss it. */
  readonly #early = new EarlyInput();
  #receiver: LinkReceiver = this.#early;
  #isOver = false;
  #isPolling = false;

  constructor(socket: StandardWebSocket, { peer, schedule = systemSchedule }: WebSocketLinkOptions) {
    if (peer !== undefined) this.peer = peer;
    this.#socket = socket;
    this.#schedule = schedule;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('error', () => this.#finish(new Error('the WebSocket failed')));
    socket.addEventListener('close', ({ code, reason }) => {
      this.#finish(code === CLOSE_CLEAN ? undefined : new Error(`the WebSocket was closed: ${code} ${reason}`));
    });
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#early.replay(receiver);
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (this.#isOver || socket.readyState !== OPEN) return true;
    for (let offset = 0; offset < bytes.length; offset += MAXIMUM_FRAME) {
      socket.send(bytes.subarray(offset, offset + MAXIMUM_FRAME));
    }
    if (socket.bufferedAmount <= HIGH_MARK) return true;
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
    this.#close(CLOSE_CLEAN);
  }

  destroy(): void {
    this.#close(CLOSE_BROKEN);
    this.#finish();
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#close(CLOSE_UNSUPPORTED_DATA);
      this.#finish(new Error('a text frame came; only binary frames carry ssh'));
    } else if (this.#early.length + data.byteLength > MAXIMUM_EARLY && this.#receiver === this.#early) {
      this.destroy();
    } else {
      this.#receiver.chunk(takeOver(data));
    }
  }

  #finish(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.end(error);
  }

  #close(code: number): void {
    try {
      this.#socket.close(code);
    } catch {
      // It is closed already.
    }
  }

  #waitForRoom(milliseconds: number): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    const before = this.#socket.bufferedAmount;
    this.#schedule(() => {
      this.#isPolling = false;
      if (this.#isOver) return;
      const { bufferedAmount } = this.#socket;
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
  // Node 20, where only tests come here, cannot.
  message.transfer?.(0);
  return bytes;
}

/** Keeps what comes while a hook decides whether the connection is served at all. */
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
    for (const chunk of this.#chunks) receiver.chunk(chunk);
    this.#chunks = [];
    if (this.#end !== undefined) receiver.end(this.#end.error);
  }
}

/** RFC 6455 §5 to §7 over a socket after the handshake, in either role. */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { CLOSE } from './close-codes.js';
import {
  decodeClosePayload,
  encodeClosePayload,
  encodeHeader,
  encodeMasked,
  FrameError,
  OPCODE,
  type SentOpcode,
} from './frames.js';
import { FrameReader, type FrameSink } from './frame-reader.js';
import type { Link, SendOptions } from './link.js';

export interface WebSocketLinkOptions {
  /** §5.1: clients mask what they send, servers do not. */
  readonly role: 'client' | 'server';
  /** Largest message accepted, in bytes. */
  readonly maxPayload: number;
  /** `pieces` delivers the parts of a message as they arrive, for streams in which frames have no meaning. */
  readonly deliver: 'messages' | 'pieces';
}

interface LinkEvents {
  message: [message: Buffer, isBinary: boolean];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  ping: [payload: Buffer];
  pong: [payload: Buffer];
}

/** How long the peer may take to answer a Close frame, and to end its side, in ms. */
const CLOSE_TIMEOUT = 30_000;
/** How long a client waits for the server to end the connection after both Close frames, in ms: workerd leaves some open. */
const SERVER_END_TIMEOUT = 500;
/** Up to this many bytes, header and payload are written as one block; above, the copy costs more than a second block. */
const ONE_BLOCK = 4096;

const NOTHING = Buffer.alloc(0);

const READY_STATE = { open: 1, closing: 2, closed: 3 } as const;

export class WebSocketLink extends EventEmitter<LinkEvents> implements Link, FrameSink {
  readonly #socket: Duplex;
  readonly #isClient: boolean;
  readonly #inPieces: boolean;
  readonly #reader: FrameReader;
  #phase: keyof typeof READY_STATE = 'open';
  #hasSentClose = false;
  #received: { readonly code: number; readonly reason: string } | undefined;
  /** The message that is being received: the first `#messageLength` bytes of this. */
  #message: Buffer = NOTHING;
  #messageLength = 0;
  #isDeaf = false;
  #timer: NodeJS.Timeout | undefined;

  /** Nothing is read before `resume`. @param head what came right after the handshake */
  constructor(socket: Duplex, head: Buffer, { role, maxPayload, deliver }: WebSocketLinkOptions) {
    super();
    this.#socket = socket;
    this.#isClient = role === 'client';
    this.#inPieces = deliver === 'pieces';
    this.#reader = new FrameReader(this, { masked: role === 'server', maxPayload });
    socket.pause();
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error: Error) => this.#onSocketError(error));
    socket.on('close', () => this.#onClose());
    socket.pause();
  }

  get readyState(): number {
    return READY_STATE[this.#phase];
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  get isPaused(): boolean {
    return this.#socket.isPaused();
  }

  send(message: Uint8Array | string, { binary }: SendOptions, onSent?: () => void): void {
    if (this.#phase !== 'open') return;
    const payload = typeof message === 'string' ? Buffer.from(message) : message;
    this.#writeFrame(binary ? OPCODE.binary : OPCODE.text, payload, onSent);
  }

  sendAll(messages: readonly Uint8Array[], options: SendOptions): void {
    this.#socket.cork();
    for (const message of messages) this.send(message, options);
    this.#socket.uncork();
  }

  ping(): void {
    if (this.#phase === 'open') this.#writeFrame(OPCODE.ping, Buffer.alloc(0));
  }

  pong(payload: Uint8Array): void {
    if (this.#phase === 'open') this.#writeFrame(OPCODE.pong, payload);
  }

  close(code?: number, reason = ''): void {
    if (this.#phase === 'open') this.#sendClose(code, reason);
  }

  terminate(): void {
    this.#socket.destroy();
  }

  pause(): void {
    if (this.#phase !== 'closed') this.#socket.pause();
  }

  resume(): void {
    if (this.#phase !== 'closed') this.#socket.resume();
  }

  /** Of the frame reader. */
  piece(bytes: Buffer, isBinary: boolean, isLast: boolean): void {
    if (this.#inPieces) {
      // An empty piece of a text message still shows that there was one.
      if (bytes.length > 0 || !isBinary) this.emit('message', bytes, isBinary);
      return;
    }
    if (isLast && this.#messageLength === 0) {
      this.emit('message', bytes, isBinary);
      return;
    }
    this.#append(bytes);
    if (!isLast) return;
    const message = this.#message.subarray(0, this.#messageLength);
    this.#forget();
    this.emit('message', message, isBinary);
  }

  /** Security: copies, as otherwise a peer that sends a byte at a time would make each byte keep its whole chunk alive. */
  #append(bytes: Buffer): void {
    const length = this.#messageLength + bytes.length;
    if (length > this.#message.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#message.length));
      this.#message.copy(larger, 0, 0, this.#messageLength);
      this.#message = larger;
    }
    bytes.copy(this.#message, this.#messageLength);
    this.#messageLength = length;
  }

  #forget(): void {
    this.#message = NOTHING;
    this.#messageLength = 0;
  }

  /** Of the frame reader. */
  control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.emit('ping', payload);
    else if (opcode === OPCODE.pong) this.emit('pong', payload);
    else this.#onPeersClose(payload);
  }

  #writeFrame(opcode: SentOpcode, payload: Uint8Array, onSent?: () => void): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (this.#isClient) {
      socket.write(encodeMasked(opcode, payload), onSent);
      return;
    }
    const header = encodeHeader(opcode, payload.length);
    if (payload.length <= ONE_BLOCK) {
      socket.write(payload.length === 0 ? header : Buffer.concat([header, payload]), onSent);
      return;
    }
    socket.cork();
    socket.write(header);
    socket.write(payload, onSent);
    socket.uncork();
  }

  #read(chunk: Buffer): void {
    if (this.#isDeaf) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#fail(error);
    }
  }

  /** §7.1.7: sends a Close frame with the reason, then ends, without waiting for a peer that broke the rules. */
  #fail(error: FrameError): void {
    // The frame boundaries are lost.
    this.#isDeaf = true;
    this.#forget();
    if (!this.#hasSentClose) this.#sendClose(error.closeCode, error.message);
    this.emit('error', error);
    this.#end();
  }

  #sendClose(code: number | undefined, reason: string): void {
    this.#hasSentClose = true;
    this.#writeFrame(OPCODE.close, encodeClosePayload(code, reason));
    this.#phase = 'closing';
    this.#timer ??= setTimeout(() => this.terminate(), CLOSE_TIMEOUT);
  }

  #onPeersClose(payload: Buffer): void {
    const { code, reason } = decodeClosePayload(payload);
    this.#received = { code, reason };
    if (!this.#hasSentClose) this.#sendClose(code === CLOSE.noStatus ? undefined : code, '');
    // §7.1.1: the server ends the connection first, so that the port in TIME_WAIT is not the client's.
    if (!this.#isClient) this.#end();
    else this.#endWithin(SERVER_END_TIMEOUT);
  }

  /** Ends after everything sent; nothing more can come. */
  #endWithin(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => this.terminate(), CLOSE_TIMEOUT);
      this.#socket.end(() => this.terminate());
    }, delay);
  }

  #onEnd(): void {
    // Without a Close frame, too, nothing more can come, and nobody reads any more.
    if (this.#received === undefined) this.#socket.destroy();
    else this.#end();
  }

  /** Sends what is queued, then ends; further input is read and dropped, as unread input would cause a reset. */
  #end(): void {
    this.#phase = 'closing';
    this.#timer ??= setTimeout(() => this.terminate(), CLOSE_TIMEOUT);
    if (!this.#socket.writableEnded) this.#socket.end();
    this.#socket.resume();
  }

  #onSocketError(error: Error): void {
    if (this.#phase === 'open') this.emit('error', error);
  }

  #onClose(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#forget();
    const { code, reason } = this.#received ?? { code: CLOSE.abnormal, reason: '' };
    this.emit('close', code, Buffer.from(reason));
  }
}

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
/** No more is written while so much has not left, and writing goes on below the lower mark, in bytes. */
const HIGH_MARK = 768 * 1024;
const LOW_MARK = 256 * 1024;
/** A WebSocket does not say when it has sent; it is asked this often, in ms. */
const POLL = 1;

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
  const { peer, schedule = systemSchedule } = options;
  socket.binaryType = 'arraybuffer';
  let receiver: LinkReceiver | undefined;
  let isOver = false;
  let isPolling = false;

  const finish = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    receiver?.end(error);
  };
  const close = (code: number): void => {
    try {
      socket.close(code);
    } catch {
      // It is closed already.
    }
  };
  const poll = (): void => {
    isPolling = false;
    if (isOver) return;
    if (socket.bufferedAmount <= LOW_MARK) receiver?.drain();
    else wait();
  };
  const wait = (): void => {
    if (isPolling) return;
    isPolling = true;
    schedule(poll, POLL);
  };

  return {
    ...(peer === undefined ? {} : { peer }),
    open(target) {
      receiver = target;
      socket.addEventListener('message', ({ data }) => {
        if (isOver) return;
        if (data instanceof ArrayBuffer) {
          target.chunk(new Uint8Array(data));
          return;
        }
        close(CLOSE_UNSUPPORTED_DATA);
        finish(new Error('a text frame came; only binary frames carry ssh'));
      });
      socket.addEventListener('close', ({ code, reason }) => {
        finish(code === CLOSE_CLEAN ? undefined : new Error(`the WebSocket was closed with ${code} ${reason}`.trim()));
      });
      socket.addEventListener('error', () => finish(new Error('the WebSocket failed')));
    },
    write(bytes) {
      if (isOver || socket.readyState !== OPEN) return true;
      for (let offset = 0; offset < bytes.length; offset += MAXIMUM_FRAME) {
        socket.send(bytes.subarray(offset, offset + MAXIMUM_FRAME));
      }
      if (socket.bufferedAmount <= HIGH_MARK) return true;
      wait();
      return false;
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => close(CLOSE_CLEAN),
    destroy() {
      close(CLOSE_BROKEN);
      finish();
    },
  };
}

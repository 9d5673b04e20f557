/** RFC 6455 in a browser: one WebSocket is one stream of bytes, in binary frames whose boundaries mean nothing. */
import { ConnectionLostError, type ByteLink, type Clock, type LinkReceiver, type Peer } from '@nacre/core';
import { browserClock } from './browser-clock.js';

/** What the link needs of a WebSocket; the browser's fits. */
export type LinkSocket = Pick<
  WebSocket,
  'readyState' | 'bufferedAmount' | 'binaryType' | 'send' | 'close' | 'addEventListener'
>;

export interface FromWebSocketOptions {
  readonly peer?: Peer;
  readonly clock?: Clock;
}

/** A frame is at most this many bytes: large enough to be fast, and half of what relays take. */
const MAXIMUM_FRAME = 256 * 1024;
/** What may come before the link is opened, in bytes: an identification and what a client sends without waiting. */
const MAXIMUM_BACKLOG = 256 * 1024;
/** Above this many unsent bytes the writer is asked to wait; with the frames of one write the queue stays below 1 MiB. */
const HIGH_WATER = 512 * 1024;
const LOW_WATER = 128 * 1024;
/** A WebSocket does not tell when it has sent: it is asked this often, in ms, and only while it is above the mark. */
const DRAIN_POLL = 2;
/** RFC 6455 §7.4: a page may send only 1000 and the codes from 3000 on. */
const CLOSE_NORMAL = 1000;
const CLOSE_UNSUPPORTED_DATA = 4003;
const CLOSE_ABANDONED = 4000;
/** `WebSocket.CONNECTING` and `WebSocket.OPEN`, which no runtime need have. */
const CONNECTING = 0;
const OPEN = 1;

/**
 * A link over a WebSocket that is open or being opened. Reading cannot be paused in a browser: what comes is handed on at
 * once, where the channel windows bound it, and core closes a connection whose peer sends past its bound.
 */
export function fromWebSocket(socket: LinkSocket, options: FromWebSocketOptions = {}): ByteLink {
  const { peer, clock = browserClock } = options;
  const outbox = createOutbox(socket, clock);
  const inbox = createInbox(() => socket.close(CLOSE_ABANDONED, 'too much input before the link was opened'));
  socket.binaryType = 'arraybuffer';
  listen(socket, inbox, outbox);
  return {
    ...(peer === undefined ? {} : { peer }),
    open: inbox.open,
    write: outbox.write,
    pause: () => undefined,
    resume: () => undefined,
    end() {
      outbox.finish();
    },
    destroy() {
      outbox.stop();
      // After `end` the socket is closing, and this changes nothing: the peer has read code 1000.
      socket.close(CLOSE_ABANDONED, 'abandoned');
    },
  };
}

interface Outbox {
  write(this: void, bytes: Uint8Array): boolean;
  /** The socket is open: what waited for it goes, and `drained` is told from now on. */
  start(drained: () => void): void;
  /** Closes behind what was written. */
  finish(): void;
  stop(): void;
}

function createOutbox(socket: LinkSocket, clock: Clock): Outbox {
  /** Written before the socket was open: one write at most, because it answers false. */
  let early: Uint8Array[] = [];
  let isFinished = false;
  let drained = (): void => undefined;
  let cancelPoll: (() => void) | undefined;

  const send = (bytes: Uint8Array): void => {
    for (let offset = 0; offset < bytes.length; offset += MAXIMUM_FRAME) {
      socket.send(bytes.subarray(offset, offset + MAXIMUM_FRAME) as Uint8Array<ArrayBuffer>);
    }
  };
  const poll = (): void => {
    cancelPoll = undefined;
    if (socket.readyState !== OPEN) return;
    if (socket.bufferedAmount > LOW_WATER) cancelPoll = clock.schedule(poll, DRAIN_POLL);
    else drained();
  };
  const close = (): void => socket.close(CLOSE_NORMAL);

  return {
    write(bytes) {
      if (socket.readyState === CONNECTING) {
        early.push(bytes);
        return false;
      }
      if (socket.readyState !== OPEN) return false;
      send(bytes);
      if (socket.bufferedAmount < HIGH_WATER) return true;
      cancelPoll ??= clock.schedule(poll, DRAIN_POLL);
      return false;
    },
    start(onDrained) {
      drained = onDrained;
      if (socket.readyState !== OPEN) return;
      const waiting = early;
      early = [];
      for (const bytes of waiting) send(bytes);
      if (isFinished) close();
      else if (waiting.length > 0) drained();
    },
    finish() {
      isFinished = true;
      if (socket.readyState !== CONNECTING || early.length === 0) close();
    },
    stop() {
      early = [];
      cancelPoll?.();
      cancelPoll = undefined;
    },
  };
}

/** A socket delivers from its first turn on, a link only once it is opened: what comes in between is kept. */
interface Inbox extends LinkReceiver {
  open(this: void, receiver: LinkReceiver): void;
}

function createInbox(overflow: () => void): Inbox {
  let receiver: LinkReceiver | undefined;
  let backlog: ((target: LinkReceiver) => void)[] = [];
  let length = 0;
  const deliver = (event: (target: LinkReceiver) => void): void => {
    if (receiver === undefined) backlog.push(event);
    else event(receiver);
  };
  return {
    open(target) {
      receiver = target;
      const waiting = backlog;
      backlog = [];
      for (const event of waiting) event(target);
    },
    chunk(bytes) {
      if (receiver === undefined) length += bytes.length;
      if (length > MAXIMUM_BACKLOG) overflow();
      else deliver((target) => target.chunk(bytes));
    },
    end: (error) => deliver((target) => target.end(error)),
    drain: () => deliver((target) => target.drain()),
  };
}

function listen(socket: LinkSocket, inbox: Inbox, outbox: Outbox): void {
  let isEnded = false;
  const end = (error?: Error): void => {
    if (isEnded) return;
    isEnded = true;
    outbox.stop();
    inbox.end(error);
  };
  const start = (): void => outbox.start(() => inbox.drain());
  start();
  socket.addEventListener('open', start, { once: true });
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isEnded) return;
    if (data instanceof ArrayBuffer) {
      inbox.chunk(new Uint8Array(data));
      return;
    }
    socket.close(CLOSE_UNSUPPORTED_DATA, 'binary frames only');
    end(new ConnectionLostError('the peer sent a text frame where only bytes may be'));
  });
  // A page learns no more of a failure than that there was one; `close` follows and ends the link.
  socket.addEventListener('close', ({ code, reason }: CloseEvent) => {
    if (code === CLOSE_NORMAL) end();
    else end(new ConnectionLostError(`the WebSocket closed with code ${code}${reason === '' ? '' : `: ${reason}`}`));
  });
}

/** One WebSocket = one raw byte stream in binary frames (RFC 6455 §5.6), pumped both ways with bounded queues. */
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { systemCode } from './bridge-error.js';
import { answerPings } from './heartbeat.js';
import { keepOf, type Keep } from './lent-reads.js';
import { endGracefully } from './linger.js';
import type { LinkEnd } from './link-end.js';
import { CLOSE } from './websocket/close-codes.js';
import { OPEN, type StreamLink } from './websocket/link.js';

/** Largest message accepted, in bytes. With the marks below, a direction never holds more than 1 MiB. */
export const MAX_PAYLOAD = 512 * 1024;
/** Above this many queued bytes the source is paused. */
const HIGH_MARK = 256 * 1024;
/** At or below this many it is resumed; not zero, so that the pipe does not run dry. */
const LOW_MARK = 64 * 1024;

const FRAME = { binary: true, compress: false } as const;

/** The side that is not a WebSocket. */
export interface ByteStream {
  readonly input: Readable;
  /** Present if the chunks of `input` are valid only until its listeners return, unless this was called. */
  readonly keep?: Keep | undefined;
  /** Present if an `end` of `input` may not be genuine: calls back if it is; otherwise `output` fails. */
  readonly confirmEnd?: ((confirmed: () => void) => void) | undefined;
  readonly output: Writable;
  /** Delivers what was written to `output`, then ends. */
  finish(): Promise<void>;
  /** Ends at once, so that the other side sees an error and not an end of stream. */
  abort(): void;
}

/** `ending`: our input is over, and what was read of it is on its way; `broken`: nothing more is delivered. */
interface PumpState {
  phase: 'open' | 'ending' | 'broken';
  error: Error | undefined;
}

/**
 * Pumps until either side ends; resolves when the last byte has been delivered or the link is broken. Never rejects.
 *
 * @param signal breaks the link when it aborts
 */
export function pump(link: StreamLink, stream: ByteStream, signal?: AbortSignal): Promise<LinkEnd> {
  const state: PumpState = { phase: 'open', error: undefined };
  forwardInput(link, stream, state);
  forwardMessages(link, stream, state);
  watchStream(link, stream, state);
  answerPings(link);
  link.on('error', (error) => {
    // The link has sent the matching Close frame (1002, 1009) and waits for the answer; our side need not.
    state.phase = 'broken';
    // EPIPE here comes from the link: it means that the link is broken, not that the reader of our output is gone.
    if (systemCode(error) !== 'EPIPE') state.error ??= error;
    stream.abort();
  });
  const onAbort = (): void => link.terminate();
  signal?.addEventListener('abort', onAbort, { once: true });
  return new Promise((resolve) => {
    link.on('close', (code, reason) => {
      signal?.removeEventListener('abort', onAbort);
      if (code === CLOSE.normal && state.phase !== 'broken') {
        state.phase = 'ending';
        void stream.finish().then(() => resolve({ how: 'clean' }));
        return;
      }
      state.phase = 'broken';
      stream.abort();
      resolve(state.error ? { how: 'failed', error: state.error } : { how: 'broken', code, reason: reason.toString() });
    });
    // Both may arrive paused, so that nothing is lost before the listeners are attached.
    stream.input.resume();
    link.resume();
  });
}

/** Calls back when `input` is over because its writer ended it. */
export function onceEnded({ input, confirmEnd }: ByteStream, ended: () => void): void {
  input.once('end', () => (confirmEnd ? confirmEnd(ended) : ended()));
}

function forwardInput(link: StreamLink, stream: ByteStream, state: PumpState): void {
  const { input, keep } = stream;
  const resumeWhenSent = (): void => {
    if (input.isPaused() && link.bufferedAmount <= LOW_MARK) input.resume();
  };
  input.on('data', (chunk: Buffer) => {
    if (link.readyState !== OPEN) return;
    let release: (() => void) | undefined;
    const before = link.bufferedAmount;
    link.send(chunk, FRAME, () => {
      release?.();
      resumeWhenSent();
    });
    const queued = link.bufferedAmount;
    // Usually the system takes all of it at once; a link that is about to break takes nothing. Neither needs to keep it.
    if (queued > before) release = keep?.();
    if (queued > HIGH_MARK) input.pause();
  });
  onceEnded(stream, () => {
    if (state.phase === 'open') state.phase = 'ending';
    link.close(CLOSE.normal);
  });
}

function forwardMessages(link: StreamLink, stream: ByteStream, state: PumpState): void {
  const { output } = stream;
  link.on('message', (message, isBinary) => {
    if (state.phase === 'broken' || !output.writable) return;
    if (!isBinary) {
      state.phase = 'broken';
      stream.abort();
      link.close(CLOSE.unsupportedData, 'binary frames only');
      return;
    }
    output.write(message);
    if (output.writableLength > HIGH_MARK) link.pause();
  });
  output.on('drain', () => {
    if (link.isPaused) link.resume();
  });
}

function watchStream(link: StreamLink, stream: ByteStream, state: PumpState): void {
  const onGone = (error?: Error): void => {
    if (state.phase === 'open') {
      state.phase = 'broken';
      state.error = error ?? new Error('closed before its end of stream');
      link.terminate();
    } else if (link.isPaused) {
      // Nobody reads the output any more, but the peer's Close is still to be read.
      link.resume();
    }
  };
  stream.input.on('error', onGone);
  stream.output.on('error', onGone);
  stream.input.on('close', () => onGone());
}

/** A TCP or Unix socket connection as the other side; it must have been made with `allowHalfOpen`. */
export function socketStream(socket: Socket): ByteStream {
  return {
    input: socket,
    keep: keepOf(socket),
    confirmEnd: (confirmed) => confirmEnd(socket, confirmed),
    output: socket,
    finish: async () => endGracefully(socket),
    // Only TCP has a reset.
    abort: () => void (socket.remoteAddress === undefined ? socket.destroy() : socket.resetAndDestroy()),
  };
}

const NOTHING = Buffer.alloc(0);

/**
 * Interop: if bytes and then a reset have arrived since the last read, Node (20, with libuv 1.46) reads the bytes and emits
 * `end`. An empty write tells the two apart: it succeeds if the peer has only ended its side, and fails after a reset.
 */
function confirmEnd(socket: Socket, confirmed: () => void): void {
  if (!socket.writable) confirmed();
  else
    socket.write(NOTHING, (error) => {
      if (!error) confirmed();
    });
}

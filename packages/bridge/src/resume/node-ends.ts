/** Node's ends of a session: our WebSockets as its links, Node's streams and sockets as its streams. */
import { answerPings } from '../heartbeat.js';
import { onceEnded, type ByteStream } from '../pump.js';
import type { MessageLink, SessionStream, StreamReceiver } from '../relay-v4/ends.js';
import { FrameError } from '../websocket/frames.js';
import { CLOSE } from '../websocket/close-codes.js';
import { CLOSED, OPEN, type Link } from '../websocket/link.js';

const FRAME = { binary: true, compress: false } as const;
/** Reads of one turn of the event loop become one command, up to about this many bytes: four reads of a socket. */
const GATHERED = 4 * 64 * 1024;
/** The link is paused while more than this many bytes wait for our output. */
const OUTPUT_MARK = 256 * 1024;

/** @param link paused */
export function messageLink(link: Link): MessageLink {
  return {
    get isOpen() {
      return link.readyState === OPEN;
    },
    get bufferedAmount() {
      return link.bufferedAmount;
    },
    listen(receiver) {
      answerPings(link);
      link.on('message', (message, isBinary) => receiver.message(isBinary ? message : message.toString()));
      link.on('error', (error) => {
        if (error instanceof FrameError) receiver.faulted(error);
      });
      if (link.readyState === CLOSED) receiver.closed(CLOSE.abnormal, '');
      else link.on('close', (code, reason) => receiver.closed(code, reason.toString()));
    },
    send: (commands) => link.sendAll(commands, FRAME),
    close: (code, reason) => link.close(code, reason),
    terminate: () => link.terminate(),
    pause: () => link.pause(),
    resume: () => link.resume(),
  };
}

export function sessionStream(stream: ByteStream): SessionStream {
  const { input, output, finish, abort } = stream;
  return {
    listen(receiver) {
      const gathered = new GatheredReads(receiver);
      // What was read in the same turn came before.
      const onGone = (error?: Error): void => {
        gathered.deliver();
        receiver.gone(error);
      };
      // Lent chunks are valid only now.
      if (stream.keep === undefined) input.on('data', (chunk: Buffer) => gathered.add(chunk));
      else input.on('data', (chunk: Buffer) => receiver.data(chunk));
      onceEnded(stream, () => {
        gathered.deliver();
        receiver.end();
      });
      input.on('error', onGone);
      input.on('close', () => onGone());
      output.on('error', onGone);
      output.on('drain', () => receiver.drained());
    },
    deliver(bytes) {
      if (output.writable) output.write(bytes);
      return output.writableLength <= OUTPUT_MARK;
    },
    pause: () => void input.pause(),
    resume: () => void input.resume(),
    finish,
    abort,
  };
}

/** Node reads a socket in pieces of 64 KiB, as often as it finds them full; a command for all of them costs a page less. */
class GatheredReads {
  readonly #receiver: StreamReceiver;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(receiver: StreamReceiver) {
    this.#receiver = receiver;
  }

  add(chunk: Buffer): void {
    if (this.#chunks.push(chunk) === 1) setImmediate(() => this.deliver());
    this.#length += chunk.length;
    if (this.#length >= GATHERED) this.deliver();
  }

  deliver(): void {
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    this.#length = 0;
    this.#receiver.data(...chunks);
  }
}

/** Test support: WebSockets over an in-memory wire that can be cut after any byte, and streams with known bytes. */
import { Duplex, PassThrough } from 'node:stream';
import type { ByteStream } from '../pump.js';
import { MAX_COMMAND_LENGTH } from '../relay-v4/commands.js';
import type { Schedule } from '../relay-v4/clock.js';
import { WebSocketLink } from '../websocket/web-socket-link.js';

/** How many bytes each way get through before the wire breaks. */
export interface Cut {
  readonly up: number;
  readonly down: number;
}

export const NO_CUT: Cut = { up: Infinity, down: Infinity };

export interface Wire {
  readonly client: WebSocketLink;
  readonly server: WebSocketLink;
  /** Bytes that went through, each way. */
  readonly carried: { up: number; down: number };
}

export function simulateWire(cut: Cut = NO_CUT): Wire {
  const carried = { up: 0, down: 0 };
  const ends: { client?: End; server?: End } = {};
  const breakWire = (): void => {
    // Bytes in flight are lost, on both sides at the same moment.
    ends.client?.destroy();
    ends.server?.destroy();
  };
  const carry = (direction: 'up' | 'down', chunk: Buffer, to: End | undefined): void => {
    const room = cut[direction] - carried[direction];
    const through = chunk.subarray(0, room);
    carried[direction] += through.length;
    // A copy, because a real wire shares no memory and the reader unmasks in place.
    if (through.length > 0) to?.push(Buffer.from(through));
    if (through.length < chunk.length || carried[direction] === cut[direction]) setImmediate(breakWire);
  };
  ends.client = new End(
    (chunk) => carry('up', chunk, ends.server),
    () => ends.server?.push(null),
  );
  ends.server = new End(
    (chunk) => carry('down', chunk, ends.client),
    () => ends.client?.push(null),
  );
  if (cut.up === 0 || cut.down === 0) setImmediate(breakWire);
  const options = { maxPayload: MAX_COMMAND_LENGTH, deliver: 'messages' } as const;
  const links = {
    client: new WebSocketLink(ends.client, Buffer.alloc(0), { ...options, role: 'client' }),
    server: new WebSocketLink(ends.server, Buffer.alloc(0), { ...options, role: 'server' }),
  };
  for (const link of Object.values(links)) link.on('error', () => undefined);
  return { ...links, carried };
}

class End extends Duplex {
  readonly #carry: (chunk: Buffer) => void;
  readonly #finish: () => void;

  constructor(carry: (chunk: Buffer) => void, finish: () => void) {
    super();
    this.#carry = carry;
    this.#finish = finish;
  }

  override _read(): void {
    // The other end's writes are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#carry(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#finish();
    done();
  }
}

export interface TestStream {
  readonly stream: ByteStream;
  /** What the session is to send. */
  readonly input: PassThrough;
  /** Where the session delivers; takes no more while paused. */
  readonly output: PassThrough;
  /** What the session has delivered. */
  received(): Buffer;
  readonly log: ('finished' | 'aborted')[];
}

export function testStream(): TestStream {
  const input = new PassThrough();
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  const log: ('finished' | 'aborted')[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  input.pause();
  const stream = {
    input,
    output,
    finish: () => {
      log.push('finished');
      return Promise.resolve();
    },
    abort: () => void log.push('aborted'),
  };
  return { stream, input, output, received: () => Buffer.concat(chunks), log };
}

export interface TestClock {
  readonly schedule: Schedule;
  now(): number;
  /** Advances the time, and calls what falls due on the way. */
  advance(time: number): void;
}

export function testClock(): TestClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => now,
    schedule(delay, callback) {
      const timer = { at: now + delay, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(time) {
      const end = now + time;
      for (;;) {
        const [due] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (due === undefined) break;
        now = due.at;
        timers.delete(due);
        due.callback();
      }
      now = end;
    },
  };
}

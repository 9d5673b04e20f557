/** Runs an engine over a link: moves bytes, keeps the timer, ends both in order. */
import type { Engine } from './engine/engine.js';
import type { ByteLink, LinkReceiver } from './link.js';

/** Time, as the façade sees it. Tests provide their own. */
export interface Clock {
  /** Milliseconds; never runs backwards. */
  now(): number;
  /** Milliseconds since 1970, for expiry; `Date.now` by default. */
  date?(): number;
  /** Calls back once after `milliseconds`. @returns a function that cancels it. */
  schedule(callback: () => void, milliseconds: number): () => void;
}

/** The most that a timer counts, in ms: one set to more, such as Infinity, is over at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  // Integers: V8 allocates every fraction separately, and a connection has several.
  now: () => Math.floor(performance.now()),
  schedule: (callback, milliseconds) => {
    // Integers: Node keeps an emptied timer list for a fractional time until it would have been due.
    const timer = setTimeout(callback, Math.min(Math.ceil(milliseconds), LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
};

/** Milliseconds since 1970. */
export function dateOf(clock: Clock): number {
  return clock.date?.() ?? Date.now();
}

/**
 * For how long, in ms, and how many bytes of input are discarded after DISCONNECT: closing a TCP socket with unread
 * input sends a reset, and the peer would lose the reason.
 */
const LINGER = 1000;
const MAXIMUM_LINGER_INPUT = 256 * 1024;

/** Callbacks on it run in the next microtask turn. */
const settled = Promise.resolve();

/** Wants to know when a link is released. */
export interface DriverOwner {
  over(): void;
}

export class Driver implements LinkReceiver {
  readonly #link: ByteLink;
  readonly #clock: Clock;
  readonly #owner: DriverOwner | undefined;
  #engine: Engine | undefined;
  #isWritable = true;
  #isFlushing = false;
  /** Bytes that waited a turn ago: an application that awaits its write and then writes again adds some each turn. */
  #waiting = 0;
  readonly #turn = (): void => {
    const waiting = this.#engine?.transport.outgoing.length ?? 0;
    this.#isFlushing = waiting > this.#waiting;
    this.#waiting = waiting;
    if (this.#isFlushing) void settled.then(this.#turn);
    else this.flush();
  };
  /** Bytes that were written and are still being read by the link, if that holds up further output. */
  #lent: Uint8Array | undefined;
  #isPaused = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  /** Bytes of input discarded since the end. */
  #discarded = 0;
  /** Everything the engine had to say has been written, and the writing side has ended. */
  #hasSaidLast = false;
  /** Nothing more will come. */
  #hasEnded = false;
  #isOver = false;
  /** Settles when the link is released. */
  readonly over: Promise<void>;
  #resolveOver: () => void = () => undefined;

  constructor(link: ByteLink, clock: Clock, owner?: DriverOwner) {
    this.#link = link;
    this.#clock = clock;
    this.#owner = owner;
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
  }

  /** Starts. The engine's first messages leave in one write. */
  start(engine: Engine): void {
    this.#engine = engine;
    this.#link.open(this);
    engine.pump();
    this.flush();
    this.#arm();
  }

  now(): number {
    return this.#clock.now();
  }

  /** The engine has something to send: it leaves once nothing more is being added, so that messages share a write. */
  output(): undefined {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#waiting = 0;
    void settled.then(this.#turn);
  }

  flush(): void {
    const engine = this.#engine;
    if (engine === undefined || this.#isOver) return;
    if (engine.isClosed) {
      this.#sayLast(engine);
      return;
    }
    const { outgoing } = engine.transport;
    this.#seal(engine);
    if (this.#isWritable && outgoing.readyLength > 0) {
      const bytes = outgoing.take();
      this.#isWritable = this.#link.write(bytes);
      const isFlushed = this.#link.isFlushed?.();
      if (isFlushed === true) outgoing.reuse(bytes);
      // Lent bytes come back with `drain`: until then there is no memory for more.
      if (isFlushed === false && !this.#isWritable) this.#lent = bytes;
      else engine.pump();
      // What was framed while this chunk was sealed is sealed once nothing more is being added: large chunks cost less.
      if (outgoing.length > 0) this.output();
    }
    this.#arm();
  }

  /** For the link: there is room again. */
  drain(): void {
    const engine = this.#engine!;
    this.#isWritable = true;
    if (this.#lent !== undefined) {
      // There may be room before everything has left: bytes that may still be read must not be reused.
      if (this.#link.isFlushed?.() === true) engine.transport.outgoing.reuse(this.#lent);
      this.#lent = undefined;
      engine.pump();
    }
    this.flush();
  }

  /** If sealing is asynchronous, sealed packets leave later, in order. */
  #seal(engine: Engine): void {
    engine.transport.outgoing.seal()?.then(
      () => this.flush(),
      (error: unknown) => engine.lost(error),
    );
  }

  /** Resumes reading after a pause. */
  resumed(): undefined {
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#link.resume();
    }
    this.#arm();
  }

  /** The engine is closed: its last messages go out, the writing side ends, and the link lingers. */
  closed(): void {
    const engine = this.#engine;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (engine === undefined || this.#isOver) return;
    this.#sayLast(engine);
    if (this.#isOver) return;
    if (this.#isPaused) this.#link.resume();
    const cancel = this.#clock.schedule(() => this.destroy(), LINGER);
    this.#timer = { at: 0, cancel };
  }

  /** Writes what is sealed and ends the stream after it; called again once the remaining packets are sealed. */
  #sayLast(engine: Engine): void {
    if (this.#hasSaidLast) return;
    const { outgoing } = engine.transport;
    this.#seal(engine);
    while (outgoing.readyLength > 0) {
      this.#link.write(outgoing.take());
      this.#seal(engine);
    }
    if (outgoing.length > 0) return;
    this.#hasSaidLast = true;
    this.#link.end();
    if (this.#hasEnded) this.destroy();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#link.destroy();
  }

  /** Leaves the stream open: somebody else continues with it. */
  detach(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#link.pause();
    this.#link.release?.();
  }

  #finish(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#owner?.over();
    this.#resolveOver();
  }

  /** For the link: bytes have arrived. */
  chunk(bytes: Uint8Array): void {
    const engine = this.#engine!;
    if (this.#isOver) return;
    if (engine.isClosed) {
      this.#discarded += bytes.length;
      // Last messages that wait for their seals go first.
      if (this.#hasSaidLast && this.#discarded > MAXIMUM_LINGER_INPUT) this.destroy();
      return;
    }
    engine.receive(bytes, this.#clock.now());
    if (!this.#isPaused && engine.isFull) {
      this.#isPaused = true;
      this.#link.pause();
    }
    this.#arm();
  }

  /** For the link: nothing more will come. */
  end(error?: unknown): void {
    const engine = this.#engine;
    this.#hasEnded = true;
    engine?.lost(error);
    // Packets are still being opened: the engine closes after them.
    if (engine?.isClosed === false) return;
    // Last messages that wait for their seals go first.
    if (engine !== undefined && error === undefined && !this.#hasSaidLast) return;
    this.destroy();
  }

  /** Keeps one timer, set to the engine's next deadline or earlier. */
  #arm(): void {
    const engine = this.#engine;
    // Once the engine is closed, the timer is the one that ends the link.
    if (engine === undefined || engine.isClosed) return;
    const { deadline } = engine;
    if (deadline !== undefined && this.#timer !== undefined && this.#timer.at <= deadline) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (deadline === undefined) return;
    const fire = (): void => {
      this.#timer = undefined;
      engine.tick(this.#clock.now());
      this.#arm();
    };
    const cancel = this.#clock.schedule(fire, Math.max(0, deadline - this.#clock.now()));
    this.#timer = { at: deadline, cancel };
  }
}

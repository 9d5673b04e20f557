/** Runs an engine over a link: moves bytes, keeps the timer, ends both in order. */
import type { Engine } from './engine/engine.js';
import type { ByteLink, LinkReceiver } from './link.js';

/** Time, as the façade sees it. Tests give one of their own. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Milliseconds since 1970, for what expires; `Date.now` if not given. */
  date?(): number;
  /** Calls back once after `milliseconds`. @returns what undoes it. */
  schedule(callback: () => void, milliseconds: number): () => void;
}

export const systemClock: Clock = {
  // Whole ones: V8 keeps every fraction in memory of its own, and a connection has several.
  now: () => Math.floor(performance.now()),
  schedule: (callback, milliseconds) => {
    // Whole ones: Node keeps an emptied list of timers of a fraction until they would have been due.
    const timer = setTimeout(callback, Math.ceil(milliseconds));
    return () => clearTimeout(timer);
  },
};

/** Milliseconds since 1970. */
export function dateOf(clock: Clock): number {
  return clock.date?.() ?? Date.now();
}

/** After DISCONNECT input is discarded for so long, in ms, and so far, in bytes: closing a TCP socket with unread input sends a reset, and the peer would lose the reason. */
const LINGER = 1000;
const MAXIMUM_LINGER_INPUT = 256 * 1024;

/** What follows it follows in the next turn. */
const settled = Promise.resolve();

/** Who wants to know when a link is let go. */
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
  /** Bytes that waited a turn ago: an application that waits for its write and then writes again adds some each turn. */
  #waiting = 0;
  readonly #turn = (): void => {
    const waiting = this.#engine?.transport.outgoing.length ?? 0;
    this.#isFlushing = waiting > this.#waiting;
    this.#waiting = waiting;
    if (this.#isFlushing) void settled.then(this.#turn);
    else this.flush();
  };
  /** Bytes that were written and are still being read, where that holds everything up. */
  #lent: Uint8Array | undefined;
  #isPaused = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  /** Input discarded since the end. */
  #discarded = 0;
  /** All that the engine had to say is written, and the writing side has ended. */
  #hasSaidLast = false;
  /** Nothing more will come. */
  #hasEnded = false;
  #isOver = false;
  /** Settles when the link is let go. */
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

  /** Begins. What the engine has to say first leaves in one write. */
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

  /** The engine has something to send: it goes once nothing is added to it any more, so that messages share a write. */
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
      // What is lent comes back with `drain`: until then there is no memory for more.
      if (isFlushed === false && !this.#isWritable) this.#lent = bytes;
      else engine.pump();
      this.#seal(engine);
    }
    this.#arm();
  }

  /** For the link: there is room again. */
  drain(): void {
    const engine = this.#engine!;
    this.#isWritable = true;
    if (this.#lent !== undefined) {
      // There is room before all has left: what may still be read is not ours again.
      if (this.#link.isFlushed?.() === true) engine.transport.outgoing.reuse(this.#lent);
      this.#lent = undefined;
      engine.pump();
    }
    this.flush();
  }

  /** Where seals take promises, what is sealed leaves later, and in order. */
  #seal(engine: Engine): void {
    engine.transport.outgoing.seal()?.then(
      () => this.flush(),
      (error: unknown) => engine.lost(error),
    );
  }

  /** Reading goes on after a pause. */
  resumed(): undefined {
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#link.resume();
    }
    this.#arm();
  }

  /** The engine is closed: its last words go out, the writing side ends, and the link lingers. */
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

  /** Writes what is sealed and ends behind it; called again when what is not yet has its seals. */
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

  /** Lets the stream be, open as it is: somebody else goes on with it. */
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

  /** For the link: bytes have come. */
  chunk(bytes: Uint8Array): void {
    const engine = this.#engine!;
    if (this.#isOver) return;
    if (engine.isClosed) {
      this.#discarded += bytes.length;
      // Where last words wait for their seals, they go first.
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
    // Where packets are still being opened, the engine closes behind them, and where last words wait for their seals, they go first.
    const isWaiting = engine?.isClosed === false || (engine !== undefined && error === undefined && !this.#hasSaidLast);
    if (!isWaiting) this.destroy();
  }

  /** Keeps one timer, at the engine's next deadline or before it. */
  #arm(): void {
    const engine = this.#engine;
    // Once it is closed the timer is the one that ends the link.
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

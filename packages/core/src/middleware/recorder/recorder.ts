/** Records sessions as asciicast v3: what the screen showed, when, and how it ended. */
import type { Middleware } from '../../server/compose.js';
import type { Awaitable } from '../../crypto/provider.js';
import { dateOf, systemClock, type Clock } from '../../driver.js';
import type { Session } from '../../server/session/session.js';
import { formatEvent, formatHeader, type AsciicastEvent } from './asciicast.js';
import { ShownInput } from './shown-input.js';

/** Where one recording goes. What is written comes in order, each piece after the one before has settled. */
export interface Recording {
  write(text: string): Awaitable<void>;
  close?(): Awaitable<void>;
}

export interface RecorderOptions {
  /** Begins a recording; undefined records nothing of that session. A failure ends the session: what must be recorded is not run without. */
  readonly open: (session: Session) => Awaitable<Recording | undefined>;
  /**
   * Records lines of input too, where the screen showed what was typed; not if not given. Security: what was typed without echo,
   * or behind a question for a password, is left out. What a program itself prints is output, and recorded.
   */
  readonly input?: boolean;
  readonly title?: (session: Session) => string;
  readonly clock?: Clock;
}

/** A recording that is so far behind, in characters, is given up: memory is not spent on it. */
const MAXIMUM_BEHIND = 4 * 1024 * 1024;
const DEFAULT_SIZE = { columns: 80, rows: 24 };
const WARNING = 4;

export function recorder(options: RecorderOptions): Middleware {
  return async (session, next) => {
    const recording = await options.open(session);
    if (recording === undefined) return next();
    const take = new Take(session, recording, options);
    try {
      const exit = await next();
      take.end(exit);
      return exit;
    } catch (error) {
      take.end(1);
      throw error;
    } finally {
      await take.closed();
    }
  };
}

/** One session under recording. */
class Take {
  readonly #session: Session;
  readonly #recording: Recording;
  readonly #clock: Clock;
  readonly #stop: () => void;
  readonly #screen = new TextDecoder();
  readonly #keyboard = new TextDecoder();
  readonly #shown: ShownInput | undefined;
  #size: { readonly columns: number; readonly rows: number };
  /** When the last event was, in ms. */
  #at: number;
  #behind = 0;
  #written: Promise<void> = Promise.resolve();
  #state: 'running' | 'given up' = 'running';

  constructor(session: Session, recording: Recording, options: RecorderOptions) {
    const { clock = systemClock, input = false, title } = options;
    this.#session = session;
    this.#recording = recording;
    this.#clock = clock;
    this.#at = clock.now();
    const { columns, rows } = sizeOf(session);
    this.#size = { columns, rows };
    this.#write(
      formatHeader({
        columns,
        rows,
        type: session.pty?.term,
        timestamp: dateOf(clock) / 1000,
        command: session.request.type === 'exec' ? session.request.command : undefined,
        title: title?.(session),
      }),
    );
    // A client whose terminal does not echo shows nothing of what is typed.
    const isEchoed = session.pty !== undefined && session.pty.modes.ECHO !== 0;
    this.#shown = input && isEchoed ? new ShownInput((text) => this.#event('i', text)) : undefined;
    this.#stop = session.observe({
      output: (bytes) => this.#output(bytes),
      ...(this.#shown && { input: (bytes) => this.#shown?.input(this.#keyboard.decode(bytes, { stream: true })) }),
    });
  }

  end(exit: number): void {
    this.#stop();
    this.#event('x', `${exit}`);
  }

  async closed(): Promise<void> {
    await this.#written;
    try {
      await this.#recording.close?.();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #output(bytes: Uint8Array): void {
    const text = this.#screen.decode(bytes, { stream: true });
    const { columns, rows } = sizeOf(this.#session);
    if (columns !== this.#size.columns || rows !== this.#size.rows) {
      this.#size = { columns, rows };
      this.#event('r', `${columns}x${rows}`);
    }
    if (text === '') return;
    this.#event('o', text);
    this.#shown?.output(text);
  }

  #event(code: AsciicastEvent, text: string): void {
    const now = this.#clock.now();
    this.#write(formatEvent(now - this.#at, code, text));
    this.#at = now;
  }

  #write(text: string): void {
    if (this.#state === 'given up') return;
    this.#behind += text.length;
    if (this.#behind > MAXIMUM_BEHIND) {
      this.#giveUp('what keeps it is too slow');
      return;
    }
    this.#written = this.#written
      .then(() => this.#recording.write(text))
      .then(
        () => {
          this.#behind -= text.length;
        },
        (error: unknown) => this.#giveUp(error),
      );
  }

  #giveUp(error: unknown): void {
    if (this.#state === 'given up') return;
    this.#state = 'given up';
    this.#session.connection.log(WARNING, 'session', 'a recording is given up', { error: String(error) });
  }
}

/** A client without a window says 0, at which no player can show anything. */
function sizeOf({ pty }: Session): { readonly columns: number; readonly rows: number } {
  return { columns: pty?.columns || DEFAULT_SIZE.columns, rows: pty?.rows || DEFAULT_SIZE.rows };
}

/** Records sessions as asciicast v3: what the screen showed and when, and how the session ended. */
import type { Middleware } from '../../server/compose.js';
import type { Awaitable } from '../../crypto/provider.js';
import { dateOf, systemClock, type Clock } from '../../driver.js';
import type { Session } from '../../server/session/session.js';
import { showThrown } from '../../wire/printable.js';
import { formatEvent, formatHeader, type AsciicastEvent } from './asciicast.js';
import { ShownInput } from './shown-input.js';

/** The destination of one recording. Writes come in order, each after the previous one has settled. */
export interface Recording {
  write(text: string): Awaitable<void>;
  close?(): Awaitable<void>;
}

export interface RecorderOptions {
  /** Starts a recording; undefined records nothing of the session. A failure ends the session: it must not run unrecorded. */
  readonly open: (session: Session) => Awaitable<Recording | undefined>;
  /**
   * Also records lines of input if the screen showed what was typed; off by default. Security: input typed without
   * echo, or after a prompt for a password, is left out. What a program prints itself is output, and recorded.
   */
  readonly input?: boolean;
  readonly title?: (session: Session) => string;
  readonly clock?: Clock;
}

/** A recording that falls this far behind, in characters, is abandoned to bound memory. */
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

/** The recording of one session. */
class Take {
  readonly #session: Session;
  readonly #recording: Recording;
  readonly #clock: Clock;
  readonly #stop: () => void;
  readonly #screen = new TextDecoder();
  readonly #keyboard = new TextDecoder();
  readonly #shown: ShownInput | undefined;
  #size: { readonly columns: number; readonly rows: number };
  /** Time of the last event, in ms. */
  #at: number;
  #behind = 0;
  #written: Promise<void> = Promise.resolve();
  #state: 'running' | 'given up' = 'running';
  #stopWaiting: () => void = () => undefined;
  /** Settles when the recording is given up: what keeps it may never take another write. */
  readonly #givenUp = new Promise<void>((resolve) => (this.#stopWaiting = resolve));

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
    await Promise.race([this.#written, this.#givenUp]);
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
    this.#stopWaiting();
    this.#session.connection.log(WARNING, 'session', 'a recording is given up', { error: showThrown(error) });
  }
}

/** A client without a window reports 0, a size that no player can use. */
function sizeOf({ pty }: Session): { readonly columns: number; readonly rows: number } {
  return { columns: pty?.columns || DEFAULT_SIZE.columns, rows: pty?.rows || DEFAULT_SIZE.rows };
}

import { describe, expect, test, vi } from 'vitest';
import type { Completion } from './completion.js';
import { terminal, type TerminalStream } from './terminal.js';
import type { TtyOptions } from './tty.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** The far end of a terminal: types, and inspects what was written. */
class Keyboard implements TerminalStream {
  output = '';
  /** Set to make writes wait. */
  blocked: Promise<void> | undefined;
  /** Chunks that have been read. */
  taken = 0;
  readonly #chunks: (Uint8Array | undefined)[] = [];
  #waiting: { resolve(chunk: Uint8Array | undefined): void; reject(reason: unknown): void } | undefined;

  async read(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length > 0) {
      this.taken += 1;
      return this.#chunks.shift();
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.blocked;
    this.output += decodeUtf8(chunk);
  }

  type(text: string): void {
    this.#push(encodeUtf8(text));
  }

  end(): void {
    this.#push(undefined);
  }

  fail(reason: unknown): void {
    this.#waiting?.reject(reason);
  }

  #push(chunk: Uint8Array | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) {
      this.#chunks.push(chunk);
    } else {
      this.taken += 1;
      waiting.resolve(chunk);
    }
  }
}

function open(options?: TtyOptions) {
  const keyboard = new Keyboard();
  return { keyboard, tty: terminal(keyboard, options) };
}

test('follows the sizes of a stream that has them', async () => {
  const resized: { columns: number; rows: number }[] = [];
  async function* resizes() {
    yield { columns: 20, rows: 5 };
    throw new Error('gone');
  }
  const keyboard = Object.assign(new Keyboard(), { resizes: resizes() });
  const tty = terminal(keyboard);
  tty.resize = (columns, rows) => void resized.push({ columns, rows });
  await settled();
  expect(resized).toEqual([{ columns: 20, rows: 5 }]);
});

/** Everything that can happen without more input has happened. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('Security: who types for a command, and does not read, makes no memory fill with the echo', async () => {
  const { keyboard } = open();
  let goOn = (): void => undefined;
  keyboard.blocked = new Promise<void>((resolve) => (goOn = resolve));
  for (let typed = 0; typed < 100; typed += 1) keyboard.type('x\r'.repeat(500));
  await settled();
  expect(keyboard.taken).toBe(100);
  goOn();
  await settled();
  // What was waiting then, and one piece more.
  expect(keyboard.output.length).toBeGreaterThan(65_536);
  expect(keyboard.output.length).toBeLessThan(65_536 + 3 * 4_096);
});

describe('readLine', () => {
  test('shows a prompt and gives the line', async () => {
    const { keyboard, tty } = open();
    const line = tty.readLine({ prompt: '$ ' });
    keyboard.type('hello\r');
    expect(await line).toEqual({ kind: 'line', line: 'hello' });
    await settled();
    expect(keyboard.output).toBe('\x1b[?2004h$ hello\x1b[?2004l\r\n');
  });

  test('^C, ^D and the terminal’s end are told apart from lines', async () => {
    const { keyboard, tty } = open();
    keyboard.type('ab\x03');
    expect(await tty.readLine()).toEqual({ kind: 'interrupt' });
    keyboard.type('\x04');
    expect(await tty.readLine()).toEqual({ kind: 'end' });
    keyboard.type('ab\rcd\ref');
    keyboard.end();
    await settled();
    expect(await tty.readLine()).toEqual({ kind: 'line', line: 'ab' });
    expect(await tty.readLine()).toEqual({ kind: 'line', line: 'cd' });
    expect(await tty.readLine()).toEqual({ kind: 'line', line: 'ef' });
    expect(await tty.readLine()).toEqual({ kind: 'end' });
  });

  test('a stream that fails fails it', async () => {
    const { keyboard, tty } = open();
    const line = tty.readLine();
    keyboard.fail(new Error('gone'));
    await expect(line).rejects.toThrow('gone');
    await expect(tty.readLine()).rejects.toThrow('gone');
  });

  test('one line at a time', async () => {
    const { keyboard, tty } = open();
    const line = tty.readLine();
    await expect(tty.readLine()).rejects.toThrow('reading a line already');
    keyboard.type('\r');
    await line;
  });
});

describe('readLine and its hooks', () => {
  test('an aborted one takes its prompt away; what was typed is gone, the next one works', async () => {
    const { keyboard, tty } = open();
    const controller = new AbortController();
    const line = tty.readLine({ signal: controller.signal });
    keyboard.type('ab');
    await settled();
    controller.abort(new Error('enough'));
    await expect(line).rejects.toThrow('enough');
    await expect(tty.readLine({ signal: controller.signal })).rejects.toThrow('enough');
    keyboard.type('cd\r');
    expect(await tty.readLine()).toEqual({ kind: 'line', line: 'cd' });
  });

  test('completion may take its time, and may fail', async () => {
    const { keyboard, tty } = open();
    const complete = vi.fn(async ({ cursor }: { cursor: number }) => {
      await settled();
      if (cursor === 1) return { start: 0, candidates: ['list '] };
      throw new Error('no');
    });
    const line = tty.readLine({ complete });
    keyboard.type('l\tx\ty\r');
    expect(await line).toEqual({ kind: 'line', line: 'list xy' });
    expect(complete).toHaveBeenCalledTimes(2);
  });

  test('an answer for a prompt that is over goes nowhere', async () => {
    const { keyboard, tty } = open();
    let answer: (completion: Completion) => void = () => {};
    const first = tty.readLine({ complete: () => new Promise((resolve) => void (answer = resolve)) });
    keyboard.type('a\t\x03');
    expect(await first).toEqual({ kind: 'interrupt' });
    const second = tty.readLine({ complete: () => new Promise(() => {}) });
    keyboard.type('b\t');
    await settled();
    answer({ start: 0, candidates: ['wrong'] });
    keyboard.end();
    expect(await second).toEqual({ kind: 'end' });
    expect(keyboard.output).not.toContain('wrong');
  });

  test('output comes above it', async () => {
    const { keyboard, tty } = open();
    void tty.readLine({ prompt: '$ ' });
    await tty.write('news\n');
    expect(keyboard.output).toBe('\x1b[?2004h$ \r\x1b[Jnews\r\n$ ');
  });

  test('a resize draws it anew', async () => {
    const { keyboard, tty } = open({ columns: 10, rows: 5 });
    const line = tty.readLine({ prompt: '$ ' });
    keyboard.type('0123456789');
    await settled();
    keyboard.output = '';
    tty.resize(20, 5);
    keyboard.type('\r');
    await line;
    expect(keyboard.output).toContain('$ 0123456789');
  });
});

describe('while a command runs', () => {
  test('a signal comes at once, behind type-ahead and while output waits', async () => {
    const { keyboard, tty } = open();
    const signals: string[] = [];
    const forget = tty.onSignal((signal) => void signals.push(signal));
    let unblock = () => {};
    keyboard.blocked = new Promise((resolve) => void (unblock = resolve));
    const written = tty.write('y\n'.repeat(100_000));
    for (let count = 0; count < 100; count += 1) keyboard.type('typed ahead\r'.repeat(100));
    keyboard.type('\x03\x1a');
    await settled();
    expect(signals).toEqual(['INT', 'TSTP']);
    forget();
    keyboard.type('\x03');
    await settled();
    expect(signals).toHaveLength(2);
    unblock();
    await written;
    // Echo is dropped once this much output waits.
    expect(keyboard.output.length).toBeLessThan(400_000);
  });
});

describe('onSignal', () => {
  test('^C typed right behind a line is for the command that the line starts', async () => {
    const { keyboard, tty } = open();
    keyboard.type('sleep\r\x03');
    await tty.readLine();
    const signals: string[] = [];
    tty.onSignal((signal) => void signals.push(signal))();
    expect(signals).toEqual(['INT']);
  });

  test('one that came before a prompt is not for the command behind it', async () => {
    const { keyboard, tty } = open();
    keyboard.type('\x03');
    await settled();
    keyboard.type('sleep\r');
    await tty.readLine();
    const listener = vi.fn();
    tty.onSignal(listener);
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('commandInput', () => {
  test('is lines up to VEOF; what is left is for the next prompt', async () => {
    const { keyboard, tty } = open();
    keyboard.type('one\rtwo\r\x04three\r');
    const lines: string[] = [];
    for await (const line of tty.commandInput()) lines.push(decodeUtf8(line));
    expect(lines).toEqual(['one\n', 'two\n']);
    expect(await tty.readLine()).toEqual({ kind: 'line', line: 'three' });
  });

  test('ends with return, with the next prompt, and with the terminal', async () => {
    const { keyboard, tty } = open();
    const first = tty.commandInput();
    const waiting = first.next();
    await first.return();
    expect((await waiting).done).toBe(true);
    const second = tty.commandInput();
    const alsoWaiting = second.next();
    keyboard.type('x');
    const line = tty.readLine();
    expect((await alsoWaiting).done).toBe(true);
    keyboard.type('y\r');
    expect(await line).toEqual({ kind: 'line', line: 'xy' });
    const third = tty.commandInput();
    keyboard.type('rest');
    keyboard.end();
    expect(decodeUtf8((await third.next()).value ?? new Uint8Array())).toBe('rest');
    expect((await third.next()).done).toBe(true);
  });

  test('a command that reads loses nothing, however slow; reading from the stream pauses', async () => {
    const { keyboard, tty } = open({ modes: { ECHO: 0 } });
    const input = tty.commandInput();
    const first = input.next();
    const line = `${'x'.repeat(99)}\n`;
    for (let count = 0; count < 30; count += 1) keyboard.type(line.repeat(100));
    await first;
    await settled();
    expect(keyboard.taken).toBeLessThan(5);
    let length = 100;
    while (length < 300_000) length += (await input.next()).value?.length ?? Infinity;
    expect(length).toBe(300_000);
  });
});

describe('output and modes', () => {
  test('nobody waits for VSTART once the terminal is gone', async () => {
    const { keyboard, tty } = open();
    keyboard.type('\x13');
    await settled();
    const written = tty.write('held');
    await settled();
    expect(keyboard.output).toBe('');
    keyboard.end();
    await written;
  });

  test('VSTOP holds output, VSTART lets it go', async () => {
    const { keyboard, tty } = open();
    keyboard.type('\x13');
    await settled();
    const written = tty.write('held');
    await settled();
    expect(keyboard.output).toBe('');
    keyboard.type('\x11');
    await written;
    expect(keyboard.output).toBe('held');
  });

  test.each(['\x11', undefined])(
    'a command that is behind with its input and waits for VSTART gets %j',
    async (last) => {
      const { keyboard, tty } = open();
      const input = tty.commandInput();
      keyboard.type('first\n');
      await input.next();
      keyboard.type(`\x13${'more\n'.repeat(8_000)}`);
      await settled();
      const written = tty.write('held');
      await settled();
      expect(keyboard.output).not.toContain('held');
      if (last === undefined) keyboard.end();
      else keyboard.type(last);
      await written;
      expect(keyboard.output).toContain('held');
    },
  );

  test('raw modes pass what is typed', async () => {
    const { keyboard, tty } = open();
    tty.setModes({ ICANON: 0, ECHO: 0, ISIG: 0, IXON: 0, ICRNL: 0, OPOST: 0 });
    keyboard.type('\x03\r');
    expect((await tty.commandInput().next()).value).toEqual(encodeUtf8('\x03\r'));
    await tty.write('a\nb');
    expect(keyboard.output).toBe('a\nb');
  });

  test('a listener that throws ends the terminal’s reading, and the next readLine tells', async () => {
    const { keyboard, tty } = open();
    tty.onSignal(() => {
      throw new Error('a mistake');
    });
    keyboard.type('\x03');
    await settled();
    await expect(tty.readLine()).rejects.toThrow('a mistake');
  });

  test('a write that fails is its caller’s failure', async () => {
    const { keyboard, tty } = open();
    keyboard.blocked = Promise.reject(new Error('gone'));
    await expect(tty.write('a')).rejects.toThrow('gone');
    keyboard.blocked = undefined;
    await tty.write('b');
    expect(keyboard.output).toBe('b');
  });
});

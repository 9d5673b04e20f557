import { ManualClock } from '@nacre/core/testing';
import { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { attachSession, type SessionTap, type WatchedSize } from './attach-session.js';

const utf8 = new TextEncoder();

interface Watched {
  readonly tap: SessionTap;
  readonly typed: string[];
  output(text: string): void;
  resize(size: WatchedSize): void;
}

function watched(pty?: WatchedSize): Watched {
  const outputs = new Set<(bytes: Uint8Array) => void>();
  const sizes = new Set<(size: WatchedSize) => void>();
  const typed: string[] = [];
  const tap: SessionTap = {
    pty,
    onOutput(listener) {
      outputs.add(listener);
      return () => void outputs.delete(listener);
    },
    onResize(listener) {
      sizes.add(listener);
      return () => void sizes.delete(listener);
    },
    input: (bytes) => void typed.push(new TextDecoder().decode(bytes)),
  };
  return {
    tap,
    typed,
    output(text) {
      const bytes = utf8.encode(text);
      for (const listener of outputs) listener(bytes);
      // A tap gives views: what they show may change at once.
      bytes.fill(0x3f);
    },
    resize: (size) => {
      for (const listener of sizes) listener(size);
    },
  };
}

function flush(terminal: Terminal): Promise<void> {
  return new Promise((resolve) => {
    terminal.write('', resolve);
  });
}

function lines(terminal: Terminal): readonly string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
}

test('shows the output in a terminal of the visitor’s size, which it follows', async () => {
  const session = watched({ columns: 100, rows: 30 });
  const terminal = new Terminal();
  attachSession(terminal, session.tap);
  expect([terminal.cols, terminal.rows]).toEqual([100, 30]);
  session.output('hello');
  session.resize({ columns: 120, rows: 40 });
  await flush(terminal);
  expect([terminal.cols, terminal.rows]).toEqual([120, 40]);
  expect(lines(terminal)[0]).toBe('hello');
});

test('of many sizes at once the first is drawn, and in the next turn the last', () => {
  const session = watched({ columns: 100, rows: 30 });
  const terminal = new Terminal();
  const clock = new ManualClock();
  const attached = attachSession(terminal, session.tap, { clock });
  const drawn: number[] = [];
  terminal.onResize(({ cols }) => drawn.push(cols));
  for (let columns = 101; columns <= 400; columns += 1) session.resize({ columns, rows: 30 });
  expect(drawn).toEqual([101]);
  clock.advance(0);
  expect(drawn).toEqual([101, 400]);
  session.resize({ columns: 90, rows: 30 });
  session.resize({ columns: 80, rows: 30 });
  expect(drawn).toEqual([101, 400, 90]);
  attached.dispose();
  clock.advance(0);
  expect(drawn).toEqual([101, 400, 90]);
});

test.each([
  [
    { columns: 0, rows: 0 },
    { columns: 80, rows: 24 },
  ],
  [
    { columns: 4_000_000_000, rows: 4_000_000_000 },
    { columns: 500, rows: 200 },
  ],
])('a terminal said to be %o is drawn as %o', (said, drawn) => {
  const session = watched(said);
  const terminal = new Terminal();
  attachSession(terminal, session.tap);
  expect({ columns: terminal.cols, rows: terminal.rows }).toEqual(drawn);
});

test('types into the session, until it is disposed', async () => {
  const session = watched();
  const terminal = new Terminal();
  const attached = attachSession(terminal, session.tap);
  terminal.input('ls\r');
  await flush(terminal);
  attached.dispose();
  terminal.input('rm\r');
  session.output('late');
  await flush(terminal);
  expect(session.typed).toEqual(['ls\r']);
  expect(lines(terminal)[0]).toBe('');
});

test('leaves out, and counts, what comes faster than it can be drawn', async () => {
  const session = watched();
  const terminal = new Terminal();
  let shown = 0;
  attachSession(terminal, session.tap, { onShown: (bytes) => (shown += bytes) });
  for (let chunk = 0; chunk < 32; chunk += 1) session.output('x'.repeat(64 * 1024));
  await flush(terminal);
  expect(shown).toBe(512 * 1024);
  session.output('caught up');
  await flush(terminal);
  expect(lines(terminal).slice(-2)).toEqual(['[1.5 MiB not shown]', 'caught up']);
});

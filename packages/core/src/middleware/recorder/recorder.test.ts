import { describe, expect, test } from 'vitest';
import { compose } from '../../server/compose.js';
import type { LogRecord } from '../../server/log/log.js';
import type { SessionHandler } from '../../server/session/session.js';
import { ManualClock, pair } from '../../testing/index.js';
import { accept } from '../../server/verdict.js';
import { recorder, type RecorderOptions } from './recorder.js';
import { ShownInput } from './shown-input.js';

const utf8 = new TextEncoder();

interface Recorded {
  readonly header: Record<string, unknown>;
  readonly events: readonly (readonly [number, string, string])[];
  readonly text: string;
  readonly log: LogRecord[];
}

async function record(
  handler: SessionHandler,
  keys: string,
  options: Partial<RecorderOptions> = {},
  window = { columns: 100, rows: 30 },
): Promise<Recorded> {
  let text = '';
  const log: LogRecord[] = [];
  const write = (piece: string): void => void (text += piece);
  const middleware = recorder({ open: () => ({ write }), ...options });
  const { client } = await pair({
    server: {
      hooks: { none: () => accept, log: (line) => void log.push(line) },
      session: compose(middleware, handler),
    },
    // Megabytes are sent, and this is the quickest of the portable ciphers.
    client: { algorithms: { ciphers: 'chacha20-poly1305@openssh.com' } },
  });
  const shell = await client.shell({ pty: { term: 'xterm', ...window } });
  const writer = shell.stdin.getWriter();
  for (const key of keys) await writer.write(utf8.encode(key));
  for await (const chunk of shell.stdout) void chunk;
  await shell.exited;
  client.close();
  const [header, ...events] = text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
  return { header: header as Recorded['header'], events: events as Recorded['events'], text, log };
}

test('a header, output with the seconds between, and the exit status', async () => {
  const clock = new ManualClock(5000);
  const handler: SessionHandler = async (session) => {
    await session.print('one\n');
    clock.advance(1250);
    // A character split between writes is one character in the recording.
    await session.write(Uint8Array.of(0xc3));
    await session.write(Uint8Array.of(0xa9));
    return 4;
  };
  const { header, events } = await record(handler, '', { clock, title: ({ user }) => user });
  expect(header).toEqual({
    version: 3,
    term: { cols: 100, rows: 30, type: 'xterm' },
    timestamp: expect.any(Number) as number,
    title: 'test',
  });
  expect(events).toEqual([
    [0, 'o', 'one\r\n'],
    [1.25, 'o', 'é'],
    [0, 'x', '4'],
  ]);
});

test('who has no window is recorded in one that players can show', async () => {
  const { header } = await record((session) => session.print('one\n'), '', {}, { columns: 0, rows: 0 });
  expect(header).toMatchObject({ term: { cols: 80, rows: 24 } });
});

/** Prompts for a line as a shell does, and then for a password, without echo. */
const login: SessionHandler = async (session) => {
  const line = async (echo: boolean): Promise<void> => {
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
      const isEnd = chunk.includes(13);
      if (isEnd) await session.print('\n');
      else if (echo) await session.write(chunk);
      if (isEnd) return;
    }
  };
  await session.print('$ ');
  await line(true);
  await session.print('Password: ');
  await line(false);
  await session.print('$ ');
  await line(true);
};

test('without being asked, nothing that is typed is recorded', async () => {
  const { events } = await record(login, 'whoami\rhunter2\rexit\r');
  expect(events.filter(([, code]) => code === 'i')).toEqual([]);
});

test('asked to, what was typed and shown is recorded, and what was hidden is nowhere', async () => {
  const { events, text } = await record(login, 'whoami\rhunter2\rexit\r', { input: true });
  expect(events.filter(([, code]) => code === 'i').map(([, , typed]) => typed)).toEqual(['whoami\r', 'exit\r']);
  expect(text).not.toContain('hunter2');
});

describe('what a screen shows of input', () => {
  const judge = (...steps: readonly (readonly ['in' | 'out', string])[]): string[] => {
    const shown: string[] = [];
    const input = new ShownInput((text) => shown.push(text));
    for (const [direction, text] of steps) input[direction === 'in' ? 'input' : 'output'](text);
    return shown;
  };
  test.each([
    [
      'echoed at once',
      [
        ['out', '$ '],
        ['in', 'ls\r'],
        ['out', 'ls\r\n'],
      ],
      ['ls\r'],
    ],
    [
      'echoed in colours',
      [
        ['in', 'ls\r'],
        ['out', '\u001b[32ml\u001b[0ms\r\n'],
      ],
      ['ls\r'],
    ],
    [
      'an empty line',
      [
        ['in', '\r'],
        ['out', '\r\n'],
      ],
      ['\r'],
    ],
    [
      'nothing shown',
      [
        ['in', '1234\r'],
        ['out', '\r\n'],
        ['out', '4321 1234\r\n'],
      ],
      [],
    ],
    [
      'stars',
      [
        ['in', 'secret\r'],
        ['out', '******\r\n'],
      ],
      [],
    ],
    [
      'a password that is echoed by mistake',
      [
        ['out', 'Enter PIN for token: '],
        ['in', '1234\r'],
        ['out', '1234\r\n'],
      ],
      [],
    ],
    [
      'a passphrase with a hint',
      [
        ['out', "Passphrase for key 'x': "],
        ['in', 'abc\r'],
        ['out', 'abc\r\n'],
      ],
      [],
    ],
    [
      'shown long before the line was complete',
      [
        ['in', 'abc'],
        ['out', 'abc'],
        ['out', '-'.repeat(70_000)],
        ['in', '\r'],
        ['out', '\r\n'],
      ],
      [],
    ],
    [
      'output behind the line',
      [
        ['in', 'abc\r'],
        ['out', '\r\na b c\r\n'],
      ],
      [],
    ],
    [
      'typed on before it was shown',
      [
        ['in', 'abc\r'],
        ['in', 'def\r'],
        ['out', 'abc def\r\n'],
      ],
      ['def\r'],
    ],
  ] as const)('%s', (_name, steps, expected) => {
    expect(judge(...steps)).toEqual(expected);
  });
});

test('a new size is an event', async () => {
  const handler: SessionHandler = async (session) => {
    await session.print('a');
    for await (const size of session.resizes) {
      await session.print(`${size.columns}`);
      return;
    }
  };
  let text = '';
  const { client } = await pair({
    server: {
      hooks: { none: () => accept },
      session: compose(recorder({ open: () => ({ write: (piece) => void (text += piece) }) }), handler),
    },
  });
  const shell = await client.shell({ pty: { columns: 80, rows: 24 } });
  shell.resize(90, 20);
  for await (const chunk of shell.stdout) void chunk;
  await shell.exited;
  client.close();
  expect(text).toMatch(/"r","90x20"\]\n\[[\d.]+,"o","90"\]/);
});

test('what keeps the recording fails: the session goes on, and the log says so once', async () => {
  const write = (): Promise<void> => Promise.reject(new Error('disk full'));
  const { log } = await record(async (session) => session.print('x'), '', { open: () => ({ write }) });
  expect(log.filter(({ message }) => message === 'a recording is given up').length).toBe(1);
});

test('what keeps the recording takes no more: it is given up after 4 MiB, and the session ends all the same', async () => {
  let isClosed = false;
  const open = () => ({ write: () => new Promise<void>(() => undefined), close: () => void (isClosed = true) });
  const piece = new Uint8Array(64 * 1024).fill(120);
  const print: SessionHandler = async (session) => {
    for (let written = 0; written < 80; written += 1) await session.write(piece);
  };
  const { log } = await record(print, '', { open });
  const given = log.filter(({ message }) => message === 'a recording is given up');
  expect(given.map(({ fields }) => fields['error'])).toEqual([expect.stringContaining('what keeps it is too slow')]);
  expect(isClosed).toBe(true);
});

test('where a recording cannot be opened nothing is run', async () => {
  let ran = false;
  const open = (): never => {
    throw new Error('no room');
  };
  await record(() => void (ran = true), '', { open }).catch(() => undefined);
  expect(ran).toBe(false);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialTtyState, MAXIMUM_UNREAD, Tty, type TtyEffect, type TtyOptions } from './tty.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';

const written = (effects: readonly TtyEffect[]) =>
  effects.map((effect) => (effect.kind === 'output' ? decodeUtf8(effect.bytes) : '')).join('');
const events = (effects: readonly TtyEffect[]) => effects.filter(({ kind }) => kind !== 'output');

const newTty = (options: TtyOptions = {}) => new Tty(initialTtyState({ columns: 40, rows: 10, ...options }));
const receive = (tty: Tty, text: string) => tty.receive(encodeUtf8(text));
const write = (tty: Tty, text: string) => decodeUtf8(tty.write(encodeUtf8(text)));

function unread(tty: Tty): string[] {
  const list: string[] = [];
  for (let bytes = tty.read(); bytes !== undefined; bytes = tty.read()) list.push(decodeUtf8(bytes));
  return list;
}

describe('while a command runs', () => {
  test('lines are its input, VEOF is empty', () => {
    const tty = newTty();
    expect(written(receive(tty, 'ab\rcd\x04\x04e'))).toBe('ab\r\ncde');
    expect(unread(tty)).toEqual(['ab\n', 'cd', '']);
    expect(unread(tty)).toEqual([]);
  });

  test('signals come at once and throw away what was not read', () => {
    const tty = newTty();
    receive(tty, 'ab\rcd');
    expect(events(receive(tty, '\x03'))).toEqual([{ kind: 'signal', signal: 'INT' }]);
    expect(unread(tty)).toEqual([]);
  });

  test('unread input has a bound; the bell rings once, and signals still come', () => {
    const tty = newTty({ modes: { ECHO: 0 } });
    const effects = receive(tty, 'x\n'.repeat(MAXIMUM_UNREAD));
    expect(written(effects)).toBe('\x07');
    expect(tty.state.unreadLength).toBe(MAXIMUM_UNREAD);
    expect(written(receive(tty, 'y\n'))).toBe('');
    expect(events(receive(tty, '\x1c'))).toEqual([{ kind: 'signal', signal: 'QUIT' }]);
    expect(tty.state.unreadLength).toBe(0);
  });

  test('VEOF takes room too', () => {
    const tty = newTty();
    receive(tty, '\x04'.repeat(MAXIMUM_UNREAD + 10));
    expect(tty.state.unread).toHaveLength(MAXIMUM_UNREAD);
  });

  test('raw modes pass every byte, and what a line had begun with', () => {
    const tty = newTty();
    receive(tty, 'ab');
    tty.setModes({ ICANON: 0, ECHO: 0, ISIG: 0, IXON: 0, ICRNL: 0 });
    const chunk = encodeUtf8('\x03\r\x1b[A');
    expect(tty.receive(chunk)).toEqual([]);
    chunk.fill(0);
    expect(unread(tty)).toEqual(['ab', '\x03\r\x1b[A']);
  });
});

describe('prompts', () => {
  test('a prompt begins a row of its own', () => {
    const tty = newTty();
    expect(write(tty, 'no end')).toBe('no end');
    expect(tty.resize(50, 10)).toEqual([]);
    expect(written(tty.prompt({ prompt: '$ ' }))).toBe(`\r\n${PASTE_ON}$ `);
    expect(() => tty.prompt({})).toThrow('a prompt is shown already');
  });

  test('what was typed ahead is edited, line by line', () => {
    const tty = newTty();
    receive(tty, 'one\rtwo\rthr');
    expect(events(tty.prompt({ prompt: '$ ' }))).toEqual([{ kind: 'line', line: 'one' }]);
    expect(written(tty.prompt({ prompt: '$ ' }))).toBe(`${PASTE_ON}$ two${PASTE_OFF}\r\n`);
    expect(written(tty.prompt({ prompt: '$ ' }))).toBe(`${PASTE_ON}$ thr`);
    expect(events(receive(tty, 'ee\r'))).toEqual([{ kind: 'line', line: 'three' }]);
  });

  test('keys typed ahead are keys, VEOF is the end', () => {
    const tty = newTty();
    receive(tty, '\x1b[A\r\x04');
    expect(events(tty.prompt({ history: ['before'] }))).toEqual([{ kind: 'line', line: 'before' }]);
    expect(events(tty.prompt({}))).toEqual([{ kind: 'end' }]);
  });

  test('what follows a line in the same chunk is the command’s, and is echoed only by the next prompt', () => {
    const tty = newTty();
    tty.prompt({ prompt: '$ ' });
    expect(written(receive(tty, 'cat\rin\rput'))).toBe(`cat${PASTE_OFF}\r\n`);
    expect(tty.read()).toEqual(encodeUtf8('in\n'));
    expect(written(tty.prompt({ prompt: '$ ' }))).toBe(`${PASTE_ON}$ put`);
  });
});

describe('around a prompt', () => {
  test('output comes above a prompt', () => {
    const tty = newTty();
    tty.prompt({ prompt: '$ ' });
    receive(tty, 'ab');
    expect(write(tty, 'news\n')).toBe('\r\x1b[Jnews\r\n$ ab');
    expect(write(tty, 'news')).toBe('\r\x1b[Jnews\r\n$ ab');
  });

  test('a prompt starts output that VSTOP had stopped', () => {
    const tty = newTty();
    expect(events(receive(tty, '\x13'))).toEqual([{ kind: 'flow', stopped: true }]);
    expect(events(tty.prompt({}))).toEqual([{ kind: 'flow', stopped: false }]);
  });

  test('cancelled, it is gone', () => {
    const tty = newTty();
    tty.prompt({ prompt: '$ ' });
    receive(tty, 'ab');
    expect(written(tty.cancel())).toBe(`${PASTE_OFF}\r\n`);
    expect(tty.isPrompting).toBe(false);
    expect(written(tty.prompt({ prompt: '$ ' }))).toBe(`${PASTE_ON}$ `);
  });

  test.each([
    ['', [{ kind: 'end' }]],
    ['ab', [{ kind: 'line', line: 'ab' }]],
    ['\x1b[200~ab', [{ kind: 'line', line: 'ab' }]],
    ['ab\t', [{ kind: 'end' }]],
  ])('at the terminal’s end after %j', (typed, expected) => {
    const tty = newTty();
    tty.prompt({ completes: true });
    receive(tty, typed);
    expect(events(tty.hangUp())).toEqual(expected);
    expect(tty.isPrompting).toBe(false);
  });

  test('completion', () => {
    const tty = newTty();
    tty.prompt({ completes: true });
    expect(events(receive(tty, 'l\t\r'))).toEqual([{ kind: 'complete', line: 'l', cursor: 1 }]);
    expect(events(tty.complete({ start: 0, candidates: ['ls '] }))).toEqual([{ kind: 'line', line: 'ls ' }]);
  });
});

const keys = ['a', '漢', '\x1b[D', '\x1b[A', '\x7f', '\r', '\x04', '\x1a', 'é', '\x16', '\x17'];
/** TAB and ^C never together: ^C does not wait for completions, so their order in time matters. */
const typed = fc
  .oneof(
    fc.array(fc.constantFrom(...keys, '\t'), { maxLength: 30 }),
    fc.array(fc.constantFrom(...keys, '\x03'), { maxLength: 30 }),
  )
  .map((parts) => encodeUtf8(parts.join('')));

test('any chunks, and any number of lives, give the same events and the same input', () => {
  const run = (bytes: Uint8Array, sizes: readonly number[]) => {
    const seen: unknown[] = [];
    let tty = newTty();
    const see = (effects: readonly TtyEffect[]) => {
      for (const effect of events(effects)) {
        seen.push(effect);
        if (effect.kind === 'complete') see(tty.complete({ start: 0, candidates: ['abc'] }));
      }
    };
    const history = ['one', 'two'];
    see(tty.prompt({ prompt: '$ ', history, completes: true }));
    for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
      const end = offset + sizes[turn % sizes.length]!;
      see(tty.receive(bytes.subarray(offset, end)));
      tty = new Tty(structuredClone(tty.state));
      offset = end;
    }
    // A second prompt takes what is left; its screen must be the same too.
    if (!tty.isPrompting) seen.push(written(tty.prompt({ prompt: '> ' })));
    return { seen, unread: unread(tty), line: tty.state.editor.line.characters };
  };
  fc.assert(
    fc.property(typed, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (bytes, sizes) => {
      const once = run(bytes, [Math.max(1, bytes.length)]);
      const often = run(bytes, sizes);
      // How much is echoed while no prompt is shown depends on the chunks, and so does the newline before a prompt.
      const text = (seen: unknown[]) =>
        seen.map((each) => (typeof each === 'string' ? each.replace(/^\r\n/, '') : each));
      expect({ ...often, seen: text(often.seen) }).toEqual({ ...once, seen: text(once.seen) });
    }),
    { numRuns: 500 },
  );
});

test('the state of an idle prompt is small', () => {
  const tty = newTty();
  tty.prompt({ prompt: 'demo@playground:~$ ', history: ['ls', 'cat file'] });
  receive(tty, 'echo hello');
  expect(JSON.stringify(tty.state).length).toBeLessThan(1_500);
});

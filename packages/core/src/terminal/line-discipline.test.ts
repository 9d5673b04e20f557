import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TerminalModes } from '../wire/terminal-modes.js';
import { LineDiscipline, MAXIMUM_LINE_LENGTH, type LineDisciplineEffect } from './line-discipline.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** What tests compare: all echo, all input (as separate lines), and other effects, in order. */
interface Seen {
  echo: string;
  input: string[];
  events: string[];
}

function see(effects: readonly LineDisciplineEffect[], seen: Seen = { echo: '', input: [], events: [] }): Seen {
  for (const effect of effects) {
    if (effect.kind === 'echo') seen.echo += decodeUtf8(effect.bytes);
    else if (effect.kind === 'input') seen.input.push(decodeUtf8(effect.bytes));
    else if (effect.kind === 'end') seen.input.push('<end>');
    else if (effect.kind === 'signal') seen.events.push(effect.discards ? effect.signal : `${effect.signal} kept`);
    else seen.events.push(effect.stopped ? 'stop' : 'start');
  }
  return seen;
}

function type(text: string, modes: TerminalModes = {}): Seen {
  return see(new LineDiscipline(modes).receive(encodeUtf8(text)));
}

/** Some dozens for each of 45,000 keys: going through a line of 30,000 bytes for a thousand of them is more. */
const MOST_READS = 3_000_000;

/** The same array, whose uses are counted. @throws if there are far too many, which would take minutes */
function countReads<T extends object>(array: T, count: { reads: number }): T {
  return new Proxy(array, {
    get(target, name, receiver): unknown {
      count.reads += 1;
      if (count.reads > 10 * MOST_READS) throw new Error('what is typed is read again and again');
      return Reflect.get(target, name, receiver);
    },
  });
}

const wipe = (width: number) => '\b \b'.repeat(width);

/** Name, modes, typed, echo, input, events. */
const rows: readonly [string, TerminalModes, string, string, string[], string[]?][] = [
  ['a line is input when it ends', {}, 'ab\ncd', 'ab\r\ncd', ['ab\n']],
  ['ICRNL: CR ends a line', {}, 'ab\r', 'ab\r\n', ['ab\n']],
  ['-ICRNL: CR is a character', { ICRNL: 0 }, 'a\rb\n', 'a^Mb\r\n', ['a\rb\n']],
  ['IGNCR: CR is nothing', { IGNCR: 1 }, 'a\rb\n', 'ab\r\n', ['ab\n']],
  ['INLCR: LF is CR, which ICRNL leaves', { INLCR: 1 }, 'a\nb\r', 'a^Mb\r\n', ['a\rb\n']],
  ['ISTRIP: the eighth bit goes', { ISTRIP: 1 }, 'é\n', 'C)\r\n', ['C)\n']],
  ['-ONLCR: LF stays', { ONLCR: 0 }, 'a\n', 'a\n', ['a\n']],
  ['-OPOST: LF stays', { OPOST: 0 }, 'a\n', 'a\n', ['a\n']],
  ['-ECHO shows nothing', { ECHO: 0 }, 'a\x7f\x15b\n', '', ['b\n']],
  ['ECHONL shows the line end alone', { ECHO: 0, ECHONL: 1 }, 'secret\n', '\r\n', ['secret\n']],
  ['ECHOCTL: ^X for control characters', {}, '\x01\x1b[A\x00\n', '^A^[[A^@\r\n', ['\x01\x1b[A\x00\n']],
  ['-ECHOCTL: control characters are not shown', { ECHOCTL: 0 }, '\x01\x1b[A\n', '[A\r\n', ['\x01\x1b[A\n']],
  ['C1 controls are not shown', {}, 'a\u009bb\n', 'ab\r\n', ['a\u009bb\n']],
  ['VERASE takes a character back', {}, 'ab\x7fc\n', `ab${wipe(1)}c\r\n`, ['ac\n']],
  ['VERASE at the start is nothing', {}, '\x7fa\n', 'a\r\n', ['a\n']],
  ['VERASE takes a wide character', {}, '漢\x7f\n', `漢${wipe(2)}\r\n`, ['\n']],
  ['VERASE takes a character with its marks', {}, 'ae\u0301\x7f\n', `ae\u0301${wipe(1)}\r\n`, ['a\n']],
  ['VERASE takes joined emoji', {}, '👩‍🔬\x7f\n', `👩‍🔬${wipe(2)}\r\n`, ['\n']],
  ['-IUTF8: VERASE takes a byte', { IUTF8: 0 }, 'é\x7f\x7f\n', `é${wipe(1)}${wipe(1)}\r\n`, ['\n']],
  ['VERASE takes both columns of ^X', {}, '\x01\x7f\n', `^A${wipe(2)}\r\n`, ['\n']],
  ['-ECHOCTL: what was not shown is not wiped', { ECHOCTL: 0 }, '\x01\x7f\n', '\r\n', ['\n']],
  ['VERASE takes a tab', {}, 'abc\t\x7f\n', `abc\t${'\b'.repeat(5)}\r\n`, ['abc\n']],
  ['-ECHOE shows the erase character', { ECHOE: 0 }, 'ab\x7f\n', 'ab^?\r\n', ['a\n']],
  ['VWERASE takes a word', {}, 'ab c_d  \x17e\n', `ab c_d  ${wipe(1).repeat(5)}e\r\n`, ['ab e\n']],
  ['-IEXTEN: VWERASE is a character', { IEXTEN: 0 }, 'a\x17\n', 'a^W\r\n', ['a\x17\n']],
  ['VKILL takes the line', {}, 'abc\x15d\n', `abc${wipe(1).repeat(3)}d\r\n`, ['d\n']],
  ['-ECHOKE, ECHOK: VKILL shows itself and a new line', { ECHOKE: 0 }, 'ab\x15c\n', 'ab^U\r\nc\r\n', ['c\n']],
  ['-ECHOK: VKILL shows itself', { ECHOK: 0 }, 'ab\x15c\n', 'ab^Uc\r\n', ['c\n']],
  ['VLNEXT takes the meaning away', {}, '\x16\x03\x16\x7f\x16\n\n', '^\b^C^\b^?^\b^J\r\n', ['\x03\x7f\n\n']],
  ['VREPRINT shows the line again', {}, 'ab\x12c\n', 'ab^R\r\nabc\r\n', ['abc\n']],
  ['VEOF ends a line without an end', {}, 'ab\x04c\n', 'abc\r\n', ['ab', 'c\n']],
  ['VEOF at the start is the end', {}, 'a\n\x04', 'a\r\n', ['a\n', '<end>']],
  ['VEOF is not shown where it is a literal', {}, '\x16\x04\n', '^\b^D\r\n', ['\x04\n']],
  ['VEOL ends a line', { VEOL: 0x3b }, 'a;b\n', 'a;b\r\n', ['a;', 'b\n']],
  ['VEOL2 needs IEXTEN', { VEOL2: 0x3b, IEXTEN: 0 }, 'a;b\n', 'a;b\r\n', ['a;b\n']],
  ['VINTR is a signal and takes the line', {}, 'ab\x03c\n', 'ab^Cc\r\n', ['c\n'], ['INT']],
  ['VQUIT and VSUSP are signals', {}, '\x1c\x1a', '^\\^Z', [], ['QUIT', 'TSTP']],
  ['NOFLSH leaves the line', { NOFLSH: 1 }, 'ab\x03c\n', 'ab^Cc\r\n', ['abc\n'], ['INT kept']],
  ['-ISIG: VINTR is a character', { ISIG: 0 }, 'a\x03\n', 'a^C\r\n', ['a\x03\n']],
  ['255 disables a character', { VINTR: 255, VERASE: 255 }, 'a\x03\x7f\n', 'a^C^?\r\n', ['a\x03\x7f\n']],
  ['0 disables a character', { VINTR: 0 }, '\x00\n', '^@\r\n', ['\x00\n']],
  ['VSTOP and VSTART', {}, 'a\x13b\x11\x11\n', 'ab\r\n', ['ab\n'], ['stop', 'start']],
  ['a signal starts output again', {}, '\x13\x03', '^C', [], ['stop', 'start', 'INT']],
  ['IXANY: any character starts output again', { IXANY: 1 }, '\x13a\n', 'a\r\n', ['a\n'], ['stop', 'start']],
  ['-IXON: VSTOP is a character', { IXON: 0 }, '\x13\n', '^S\r\n', ['\x13\n']],
  ['-ICANON: input at once, unedited', { ICANON: 0 }, 'a\x7f\x04\r', 'a^?^D\r\n', ['a\x7f\x04\n']],
  ['-ICANON, ISIG: signals still', { ICANON: 0 }, 'a\x03b', 'a^Cb', ['a', 'b'], ['INT']],
];

describe('RFC 4254 §8: terminal modes at work', () => {
  test.each(rows)('%s', (_name, modes, typed, echo, input, events = []) => {
    expect(type(typed, modes)).toEqual({ echo, input, events });
  });

  const raw = { ICANON: 0, ECHO: 0, ISIG: 0, IXON: 0, ICRNL: 0 } as const;

  test('raw: every byte passes untouched', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(new LineDiscipline(raw).receive(bytes)).toEqual([{ kind: 'input', bytes }]);
    expect(new LineDiscipline(raw).receive(new Uint8Array())).toEqual([]);
  });

  test('when ICANON goes off, the line as far as it is typed is input', () => {
    const discipline = new LineDiscipline();
    discipline.receive(encodeUtf8('ab'));
    expect(see(discipline.setModes(raw)).input).toEqual(['ab']);
    expect(discipline.setModes({})).toEqual([]);
  });

  test('a line has a bound, rings the bell once and can still be ended', () => {
    const { echo, input } = type(`${'x'.repeat(1 << 17)}\n`);
    expect(input).toEqual([`${'x'.repeat(MAXIMUM_LINE_LENGTH)}\n`]);
    expect(echo).toBe(`${'x'.repeat(MAXIMUM_LINE_LENGTH)}\x07\r\n`);
    expect(type(`${'x'.repeat(MAXIMUM_LINE_LENGTH + 1)}\n`, { IMAXBEL: 0 }).echo).not.toContain('\x07');
  });

  test.each(['\x12', '\t', '\t\x7f', 'é\x7f', '\x15', '\x17a'])('%j, again and again, stays cheap', (keys) => {
    const discipline = new LineDiscipline();
    discipline.receive(encodeUtf8('x y'.repeat(10_000)));
    const { state } = discipline;
    const count = { reads: 0 };
    state.line = countReads(state.line, count);
    state.tabs = countReads(state.tabs, count);
    const { echo } = see(discipline.receive(encodeUtf8(keys.repeat(15_000))));
    expect(echo.length).toBeLessThan(600_000);
    expect(count.reads).toBeLessThan(MOST_READS);
  });
});

describe('OPOST', () => {
  const output: readonly [string, TerminalModes, string, string][] = [
    ['ONLCR', {}, 'a\nb\n\n', 'a\r\nb\r\n\r\n'],
    ['ONLCR adds a CR even to one', {}, 'a\r\n', 'a\r\r\n'],
    ['-ONLCR', { ONLCR: 0 }, 'a\n', 'a\n'],
    ['-OPOST', { OPOST: 0, OCRNL: 1 }, 'a\r\n', 'a\r\n'],
    ['OCRNL', { OCRNL: 1, ONLCR: 0 }, 'a\rb', 'a\nb'],
    ['ONOCR', { ONOCR: 1 }, '\ra\r\r\n\rb', 'a\r\r\nb'],
    ['ONLRET and ONOCR', { ONLRET: 1, ONOCR: 1, ONLCR: 0 }, 'a\n\rb', 'a\nb'],
  ];
  test.each(output)('%s', (_name, modes, text, formatted) => {
    expect(decodeUtf8(new LineDiscipline(modes).format(encodeUtf8(text)))).toBe(formatted);
  });

  test.each([
    ['ab', 2],
    ['ab\n', 0],
    ['ab\n\x1b[0m', 0],
    ['\x1b]0;title\x07', 0],
    ['\x1b]0;title\x1b\\a', 1],
    ['a\tb', 9],
    ['ab\b', 1],
    ['é', 1],
  ])('after %j the cursor is in column %i', (text, column) => {
    const discipline = new LineDiscipline();
    for (const byte of encodeUtf8(text)) discipline.format(Uint8Array.of(byte));
    expect(discipline.state.output.column).toBe(column);
    const whole = new LineDiscipline();
    whole.format(encodeUtf8(text));
    expect(whole.state.output.column).toBe(column);
  });

  test('output without a line end is not copied', () => {
    const bytes = encodeUtf8('abc');
    expect(new LineDiscipline().format(bytes)).toBe(bytes);
  });
});

const typed = fc
  .array(
    fc.oneof(
      fc
        .constantFrom('a', 'b c', 'é', '漢', '👩‍🔬', 'e\u0301', '\t', '\n', '\r', '\x7f', '\x15', '\x17', '\x16')
        .map((text) => [...encodeUtf8(text)]),
      fc.constantFrom(3, 4, 8, 17, 18, 19, 26, 28, 27, 0).map((byte) => [byte]),
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

const someModes = fc.record(
  Object.fromEntries(
    [
      'ECHO',
      'ECHOE',
      'ECHOK',
      'ECHOKE',
      'ECHOCTL',
      'ICANON',
      'ISIG',
      'IEXTEN',
      'ICRNL',
      'IUTF8',
      'OPOST',
      'IXON',
      'NOFLSH',
    ].map((name) => [name, fc.constantFrom(0, 1)]),
  ),
  { requiredKeys: [] },
);

/** As `see`, in bytes, since chunks may end anywhere; without lines all input is joined. */
function seeBytes(effects: readonly LineDisciplineEffect[], modes: TerminalModes): unknown {
  const echo: number[] = [];
  const input: number[][] = [[]];
  for (const effect of effects) {
    if (effect.kind === 'echo') echo.push(...effect.bytes);
    else if (effect.kind === 'input' && modes.ICANON === 0) input[0]?.push(...effect.bytes);
    else if (effect.kind === 'input') input.push([...effect.bytes]);
  }
  const others = effects.filter(({ kind }) => kind !== 'echo' && kind !== 'input');
  return { echo, input, others };
}

test('any chunks give the same effects, also when the state goes to another discipline at each cut', () => {
  fc.assert(
    fc.property(typed, someModes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (bytes, given, sizes) => {
      const modes: TerminalModes = given;
      const whole = new LineDiscipline(modes);
      const expected = seeBytes(whole.receive(bytes), modes);
      const effects: LineDisciplineEffect[] = [];
      let { state } = new LineDiscipline(modes);
      for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
        const end = offset + sizes[turn % sizes.length]!;
        const piece = new LineDiscipline(modes, state);
        effects.push(...piece.receive(bytes.subarray(offset, end)));
        state = structuredClone(piece.state);
        offset = end;
      }
      expect(seeBytes(effects, modes)).toEqual(expected);
      expect(state).toEqual(whole.state);
    }),
    { numRuns: 500 },
  );
});

test('Security: no escape or C1 control that was typed is echoed', () => {
  fc.assert(
    fc.property(typed, someModes, (bytes, modes) => {
      const { echo } = see(new LineDiscipline({ ...modes, ECHO: 1 } as TerminalModes).receive(bytes));
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(echo).not.toMatch(/[\x00-\x06\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]/);
    }),
    { numRuns: 500 },
  );
});

import { ManualClock } from '@nacre/core/testing';
import { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { guardTerminal, openWebLink } from './guard-terminal.js';

const ESC = '\u001b';

function guarded(replies = true): {
  readonly terminal: Terminal;
  readonly sent: string[];
  readonly clock: ManualClock;
} {
  const terminal = new Terminal({ allowProposedApi: false });
  const clock = new ManualClock();
  guardTerminal(terminal, { replies, clock });
  const sent: string[] = [];
  terminal.onData((text) => sent.push(text));
  return { terminal, sent, clock };
}

function write(terminal: Terminal, text: string): Promise<void> {
  return new Promise((resolve) => {
    terminal.write(text, resolve);
  });
}

test.each([
  ['OSC 52 ?', `${ESC}]52;c;?\u0007`],
  ['OSC 52 set', `${ESC}]52;c;aGk=\u0007`],
  ['CSI 21 t', `${ESC}[21t`],
  ['CSI 18 t', `${ESC}[18t`],
  ['DECRQSS', `${ESC}P$q"p${ESC}\\`],
  ['DECRQM', `${ESC}[?1$p${ESC}[4$p`],
  ['XTVERSION', `${ESC}[>q`],
  ['XTGETTCAP', `${ESC}P+q544e${ESC}\\`],
  ['secondary attributes', `${ESC}[>c`],
  ['colour queries', `${ESC}]10;?\u0007${ESC}]11;?\u0007${ESC}]4;1;?\u0007`],
  ['device status', `${ESC}[5n${ESC}[?6n`],
])('%s is not answered', async (_name, query) => {
  const { terminal, sent } = guarded();
  await write(terminal, query);
  expect(sent).toEqual([]);
});

test('an add-on that would serve the clipboard is not asked', async () => {
  const terminal = new Terminal();
  const asked: string[] = [];
  terminal.parser.registerOscHandler(52, (value) => {
    asked.push(value);
    return true;
  });
  guardTerminal(terminal);
  await write(terminal, `${ESC}]52;c;aGk=\u0007${ESC}]52;c;?\u0007`);
  expect(asked).toEqual([]);
});

test('DA1 and CPR are answered, at most 32 times a second together', async () => {
  const { terminal, sent, clock } = guarded();
  await write(terminal, `${ESC}[c${ESC}[6n`);
  expect(sent).toEqual([`${ESC}[?1;2c`, `${ESC}[1;1R`]);
  await write(terminal, `${ESC}[c`.repeat(100_000));
  expect(sent).toHaveLength(32);
  clock.advance(1000);
  await write(terminal, `${ESC}[c`.repeat(100));
  expect(sent).toHaveLength(64);
});

test('a terminal that only watches answers nothing at all', async () => {
  const { terminal, sent } = guarded(false);
  await write(terminal, `${ESC}[c${ESC}[6n`);
  expect(sent).toEqual([]);
});

test('colours can still be set', async () => {
  const { terminal, sent } = guarded();
  await write(terminal, `${ESC}]11;#102030\u0007text`);
  expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('text');
  expect(sent).toEqual([]);
});

/** The text of each line of a small terminal, and where its cursor is, after an `x` and `sequence` in the third of four lines. */
async function after(sequence: string): Promise<unknown> {
  const terminal = new Terminal({ cols: 20, rows: 4 });
  guardTerminal(terminal);
  await write(terminal, `one\r\ntwo\r\nthree\r\nfour${ESC}[3;6Hx${sequence}`);
  const { active } = terminal.buffer;
  const lines = Array.from({ length: 4 }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true));
  return { lines, column: active.cursorX };
}

test.each(['L', 'M', 'S', 'T', 'b', 'I', 'Z'])(
  'CSI %s is not repeated more often than the terminal is large',
  async (final) => {
    const nothing = await after('');
    const most = 'bIZ'.includes(final) ? 20 : 4;
    expect(await after(`${ESC}[${most}${final}`)).not.toEqual(nothing);
    expect(await after(`${ESC}[${most + 1}${final}`)).toEqual(nothing);
    // With neither a guard nor the line above, this would take hours.
    expect(await after(`${ESC}[2147483647${final}`)).toEqual(nothing);
  },
);

/** A link with an address of its own. */
const link = (address: string): string => `${ESC}]8;;${address}\u0007x${ESC}]8;;\u0007`;

test('a line that is written over with links does not fill memory, and new lines may have links again', async () => {
  const terminal = new Terminal({ rows: 4, scrollback: 10, allowProposedApi: true });
  // Each link has a marker of xterm.js and one of ours.
  const linkCount = (): number => terminal.markers.length / 2;
  guardTerminal(terminal);
  await write(terminal, `\r${link('http://example.org/')}`.repeat(3000));
  expect(linkCount()).toBe(1024);
  await write(terminal, '\r\n'.repeat(20) + link('http://example.org/'));
  expect(linkCount()).toBe(1);
  await write(terminal, link(`http://example.org/${'a'.repeat(2030)}`));
  expect(linkCount()).toBe(1);
});

test('a link ends even if no more may begin', async () => {
  const terminal = new Terminal();
  const values: string[] = [];
  terminal.parser.registerOscHandler(8, (value) => {
    values.push(value);
    return false;
  });
  guardTerminal(terminal);
  await write(terminal, link('http://example.org/').repeat(1025));
  expect(values.filter((value) => value === ';')).toHaveLength(1025);
  expect(values).toHaveLength(1024 + 1025);
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'ssh://x', 'no address'])(
  'the link %s is not opened',
  (text) => {
    const opened: string[] = [];
    expect(openWebLink(text, (url) => opened.push(url.href))).toBe(false);
    expect(opened).toEqual([]);
  },
);

test('web pages are', () => {
  const opened: string[] = [];
  openWebLink('https://example.org/a', (url) => opened.push(url.href));
  expect(opened).toEqual(['https://example.org/a']);
});

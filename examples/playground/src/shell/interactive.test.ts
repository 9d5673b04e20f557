import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '@nacre/core';
import { openPlayground, Visitor, type Playground } from '../testing/visit.js';

const UP = '\x1b[A';
const LEFT = '\x1b[D';
const CTRL_A = '\x01';
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_R = '\x12';
const CTRL_W = '\x17';
const CTRL_Z = '\x1a';

let playground: Playground;
let client: Client;
beforeAll(async () => {
  playground = await openPlayground();
});
beforeEach(async () => {
  client = await playground.visit();
});
afterEach(() => client.close());

test('says hello in two lines, and shows who and where one is', async () => {
  const visitor = await Visitor.open(client);
  expect(visitor.shown).toBe(
    'Welcome to Nacre, an SSH server in JavaScript. This shell lives in memory.\r\n' +
      'Try cat README.md, connection, or the tab key. exit or ^D leaves.\r\n' +
      'demo@nacre:~$ ',
  );
  await visitor.type('cd poems; cd /; cd ~/data\r');
  await visitor.sees('demo@nacre:~/data$ ');
  await visitor.type('cd /usr\r');
  await visitor.sees('demo@nacre:/usr$ ');
});

describe('what a line leaves behind, the next one finds', () => {
  test.each([
    ['the directory', 'cd poems', 'pwd', '/home/demo/poems\n'],
    ['variables', 'a="x  y"', 'echo "$a"', 'x  y\n'],
    ['what is exported, and what is not', 'a=1; export b=2', 'bash -c \'echo "[$a][$b]"\'', '[][2]\n'],
    ['what is unset', 'unset LANG', 'echo "[$LANG]"', '[]\n'],
    ['arrays', "a=(1 'b  c'); declare -A m=([k]=v)", 'echo "${a[1]} ${m[k]} ${#a[@]}"', 'b  c v 2\n'],
    ['functions', 'f() { echo "f $1"; false; }', 'f x; echo $?', 'f x\n1\n'],
    ['functions that are gone', 'f() { :; }; g() { echo g; }; unset -f f', 'g; f', 'g\nbash: f: command not found\n'],
    ['aliases', 'alias up="cd .."', 'up; pwd', '/home\n'],
    ['options', 'set -o pipefail; shopt -s nullglob', 'false | true; echo $? no*', '1\n'],
    ['the status', 'exit-with 7', 'echo $?', '7\n'],
    ['the status of a script', 'bash -c "exit 9"', 'echo $?', '9\n'],
    ['the status of what failed', 'set -u; echo $nope', 'echo $?', '1\n'],
    ['read-only variables', 'readonly r=1', 'echo $r; r=2', '1\nbash: r: readonly variable\n'],
  ])('%s', async (_what, first, second, output) => {
    const visitor = await Visitor.open(client);
    await visitor.enter(first);
    expect(await visitor.enter(second)).toBe(output);
  });

  test('but not a failed one, and no line sees another session', async () => {
    const visitor = await Visitor.open(client);
    await visitor.enter('x=1');
    expect(await visitor.enter('x=2; fi')).toContain('syntax error');
    expect(await visitor.enter('echo $x')).toBe('1\n');
    const other = await Visitor.open(client);
    expect(await other.enter('echo "[$x]"')).toBe('[]\n');
  });
});

describe('leaving', () => {
  test.each([
    ['exit 3', 3],
    ['exit', 0],
    ['false\rexit', 1],
    ['f() { exit 4; }; f', 4],
    ['if true; then exit 5; fi', 5],
    ['x=$(ls nope); exit 6', 6],
    ['eval "exit 7"', 7],
    ['set -e; false', 1],
    ['(exit 8)\r\x04', 8],
    ['(exit 9); exit', 9],
    [CTRL_D, 0],
  ])('%j', async (typed, exitCode) => {
    const visitor = await Visitor.open(client);
    await visitor.type(`${typed}\r`);
    while ((await visitor.process.read()) !== undefined);
    expect(await visitor.process.exited).toEqual({ exitCode, signal: undefined });
  });

  test('a subshell that exits does not', async () => {
    const visitor = await Visitor.open(client);
    expect(await visitor.enter('(exit 3); x=$(exit 4); echo still here')).toBe('still here\n');
  });

  test('die ends the session by its signal', async () => {
    const visitor = await Visitor.open(client);
    await visitor.type('die KILL\r');
    while ((await visitor.process.read()) !== undefined);
    expect(await visitor.process.exited).toEqual({ exitCode: undefined, signal: 'KILL' });
  });

  test('the client hangs up', async () => {
    const visitor = await Visitor.open(client);
    visitor.process.end();
    while ((await visitor.process.read()) !== undefined);
    expect(await visitor.process.exited).toEqual({ exitCode: 0, signal: undefined });
  });
});

describe('^C', () => {
  test.each([
    'sleep 600',
    'while true; do :; done',
    'while true; do echo y; done',
    'f() { while true; do x=1; done; }; f',
    'while true; do sleep 0.01; done | cat',
    'zero 1000000',
    'sink',
    'cat',
  ])('ends %s', async (command) => {
    const visitor = await Visitor.open(client);
    await visitor.type(
      `echo started; ${command}\r`.replace('echo started; zero', 'zero').replace('echo started; sink', 'sink'),
    );
    await visitor.sees('\r\n');
    await visitor.type(CTRL_C);
    await visitor.sees('demo@nacre:~$ ');
    expect(await visitor.enter('echo $?')).toBe('130\n');
  });

  test('ends a command, and not a shell with set -e', async () => {
    const visitor = await Visitor.open(client);
    await visitor.enter('set -e');
    await visitor.type('sleep 600\r');
    await visitor.sees('\r\n');
    await visitor.type(CTRL_C);
    await visitor.sees('demo@nacre:~$ ');
    expect(await visitor.enter('echo on')).toBe('on\n');
  });

  test('throws the line away that is being typed', async () => {
    const visitor = await Visitor.open(client);
    await visitor.type(`rm README.md${CTRL_C}`);
    await visitor.sees('^C\r\n');
    await visitor.sees('$ ');
    expect(await visitor.enter('echo $?; ls README.md')).toBe('130\nREADME.md\n');
  });

  test('and one of many lines', async () => {
    const visitor = await Visitor.open(client);
    await visitor.type('for i in 1 2 3\r');
    await visitor.sees('> ');
    await visitor.type(`do${CTRL_C}`);
    await visitor.sees('^C\r\n');
    await visitor.sees('demo@nacre:~$ ');
    expect(await visitor.enter('echo ok')).toBe('ok\n');
  });
});

describe('editing', () => {
  test('arrow keys, ^A and ^W', async () => {
    const visitor = await Visitor.open(client);
    expect(await visitor.enter(`cho ac${LEFT}b${CTRL_A}e`)).toBe('abc\n');
    expect(await visitor.enter(`echo one two${CTRL_W}three`)).toBe('one three\n');
  });

  test('history, across lines', async () => {
    const visitor = await Visitor.open(client);
    await visitor.enter('echo first');
    await visitor.enter('echo second');
    expect(await visitor.enter(`${UP}${UP}`)).toContain('first\n');
    expect(await visitor.enter(`${CTRL_R}sec`)).toContain('second\n');
  });

  test('typed ahead while a command runs', async () => {
    const visitor = await Visitor.open(client);
    await visitor.type('sleep 0.05\recho ahead\r');
    await visitor.sees('\r\nahead\r\n');
  });

  test('^D ends the stdin of a command, and not the shell', async () => {
    const visitor = await Visitor.open(client);
    await visitor.type(`sink\r`);
    await visitor.sees('\r\n');
    await visitor.type(`abc\r${CTRL_D}`);
    await visitor.sees('4\r\n');
    await visitor.sees('$ ');
    await visitor.type(`cat | tr a-z A-Z\r`);
    await visitor.sees('\r\n');
    await visitor.type(`abc\r${CTRL_D}`);
    await visitor.sees('ABC\r\n');
  });

  test('^Z does nothing that could be regretted', async () => {
    const visitor = await Visitor.open(client);
    expect(await visitor.enter(`${CTRL_Z}echo on`)).toContain('on\n');
  });
});

describe('a command of many lines', () => {
  test.each([
    ['a loop', ['for i in 1 2', 'do echo $i', 'done'], '1\r\n2\r\n'],
    ['a quote', ["echo 'a", "b'"], 'a\r\nb\r\n'],
    ['a here-document', ['cat <<END', 'one', 'END'], 'one\r\n'],
    ['a pipe', ['echo x |', 'cat'], 'x\r\n'],
    ['a backslash', ['echo a \\', 'b'], 'a b\r\n'],
    ['a condition', ['if true; then', 'echo yes', 'fi'], 'yes\r\n'],
    ['a function', ['f() {', 'echo f', '}; f'], 'f\r\n'],
  ])('%s', async (_what, lines, output) => {
    const visitor = await Visitor.open(client);
    for (const line of lines.slice(0, -1)) {
      await visitor.type(`${line}\r`);
      await visitor.sees('\r\n> ');
    }
    await visitor.type(`${lines.at(-1)}\r`);
    await visitor.sees(`\r\n${output}`);
    await visitor.sees('$ ');
  });
});

describe('TAB completes', () => {
  test.each([
    ['a command', 'connec\t', 'connection '],
    ['a file', 'cat READ\t', 'cat README.md '],
    ['a folder', 'ls po\t', 'ls poems/'],
    ['a file in a folder', 'cat poems/na\t', 'cat poems/nacre.txt '],
    ['behind a tilde', 'cat ~/poems/na\t', 'cat ~/poems/nacre.txt '],
    ['a command behind a pipe', 'ls | sha256s\t', 'ls | sha256sum '],
    ['a variable', 'echo $HOSTNA\t', 'echo $HOSTNAME'],
    ['a redirection', 'cat < READ\t', 'cat < README.md '],
  ])('%s', async (_what, typed, line) => {
    const visitor = await Visitor.open(client);
    await visitor.type(`${typed}${CTRL_A}echo '`);
    await visitor.type("\x05'\r");
    await visitor.sees(`\r\n${line}\r\n`);
  });

  test('names with blanks, quoted', async () => {
    const visitor = await Visitor.open(client);
    await visitor.enter("mkdir '/tmp/a b'; echo in > '/tmp/a b/c d'");
    expect(await visitor.enter('cat /tmp/a\t\t')).toContain('in\n');
  });

  test('twice lists what there is', async () => {
    const visitor = await Visitor.open(client);
    await visitor.enter('touch data/.hidden');
    await visitor.type('cat data/\t\t');
    await visitor.sees('\r\nshells.csv  tides.json\r\n');
  });
});

test('resize: the pty has its new size, and the line is drawn anew', async () => {
  const visitor = await Visitor.open(client, { columns: 80, rows: 24 });
  visitor.process.resize(40, 12);
  expect(await visitor.enter('pty; echo $COLUMNS $LINES')).toMatch(/size: 40x12\n(?:.*\n)*40 12\n$/);
});

test('resize: what is shown next keeps to the new size', async () => {
  const visitor = await Visitor.open(client, { columns: 80, rows: 24 });
  visitor.process.resize(20, 12);
  await visitor.type('ls \t\t');
  await visitor.sees('\r\nREADME.md\r\nbin/\r\ndata/\r\n');
});

test('long lines wrap and are still one line', async () => {
  const visitor = await Visitor.open(client, { columns: 20, rows: 10 });
  const word = 'x'.repeat(50);
  await visitor.type(`echo ${word}\r`);
  await visitor.sees(`\r\n${word}\r\n`);
});

test('RFC 4254 §6.9: a signal of the client ends a command, and not the shell', async () => {
  const visitor = await Visitor.open(client);
  await visitor.type('sleep 600\r');
  await visitor.sees('\r\n');
  visitor.process.kill('INT');
  await visitor.sees('$ ');
  expect(await visitor.enter('echo $?')).toBe('130\n');
});

test('with a terminal, new lines are CR LF where its modes say so', async () => {
  const raw = await Visitor.start(client, 'echo a', { modes: { ONLCR: 0 } });
  await raw.sees('\n');
  expect(raw.raw).toBe('a\n');
});

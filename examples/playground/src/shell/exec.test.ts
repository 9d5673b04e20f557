/** Commands without a terminal. `exec.thorough.test.ts` has what a script may take. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '@nacre/core';
import { openPlayground, run, Visitor, type Playground } from '../testing/visit.js';

let playground: Playground;
let client: Client;
beforeAll(async () => {
  playground = await openPlayground();
  client = await playground.visit();
});
afterAll(() => client.close());

test('stdout, stderr and the status arrive apart', async () => {
  expect(await run(client, 'echo hi; echo err >&2; exit 5')).toEqual({
    stdout: 'hi\n',
    stderr: 'err\n',
    exitCode: 5,
    signal: undefined,
  });
});

test.each([
  ['ls | wc -l', '4\n', 0],
  ['true', '', 0],
  ['false', '', 1],
  ['exit 300', '', 44],
  ['(exit 3); echo $?', '3\n', 0],
  ['for i in 1 2 3; do echo $i; done | tail -1', '3\n', 0],
  ['f() { echo "in $1"; return 4; }; f x', 'in x\n', 4],
  ['x=$(echo a; echo b); echo "$x"', 'a\nb\n', 0],
  ['echo a 2>&1 >/dev/null; echo b', 'b\n', 0],
  ['if grep -q ocean poems/*.txt; then echo wet; else echo dry; fi', 'wet\n', 0],
  ['case $HOME in /home/*) echo home;; esac', 'home\n', 0],
  ['(echo sub; exit 7)', 'sub\n', 7],
  ['! true', '', 1],
  ['bash -c "echo nested; exit 9"', 'nested\n', 9],
  ['y=$(bash -c "echo q"); echo "[$y]"', '[q]\n', 0],
  ['eval "echo ev"', 'ev\n', 0],
  ['echo é | cat; printf "é\\n"', 'é\né\n', 0],
  ['ls nope 2>&1 | wc -l', '1\n', 0],
  ['{ echo g; echo h >&2; } 2>/dev/null', 'g\n', 0],
  ['for i in 1 2; do echo $i; done > n; cat n', '1\n2\n', 0],
  ['ls nope |& wc -l', '1\n', 0],
  ['whoami; echo $USER $HOME; pwd', 'demo\ndemo /home/demo\n/home/demo\n', 0],
])('%s', async (command, stdout, exitCode) => {
  expect(await run(client, command)).toMatchObject({ stdout, stderr: '', exitCode });
});

test.each([
  ['nosuch', 'bash: nosuch: command not found\n', 127],
  ['ls nope', 'ls: nope: No such file or directory\n', 2],
  ['if then', expect.stringContaining('syntax error'), 2],
  ['set -u; echo $nope', 'bash: nope: unbound variable\n', 1],
])('%s complains on stderr', async (command, stderr, exitCode) => {
  expect(await run(client, command)).toMatchObject({ stdout: '', stderr, exitCode });
});

describe('stdin', () => {
  test.each([
    ['cat', 'a\nb\n', 'a\nb\n'],
    ['head -n 1', 'a\nb\n', 'a\n'],
    ['grep -e b', 'a\nb\n', 'b\n'],
    ['sort -r - README.md | head -1 | wc -l', 'a\n', '1\n'],
    ['while read line; do echo "<$line>"; done', 'a\nb\n', '<a>\n<b>\n'],
    ['read x; echo "x=$x"; cat', 'a\nb\n', 'x=a\nb\n'],
    ['bash', 'echo from stdin\n', 'from stdin\n'],
    ['cat > copy; wc -c < copy', '12345', '5\n'],
    ['tr a-z A-Z | rev', 'abc\n', 'CBA\n'],
    ['cat < /dev/stdin', 'x', 'x'],
  ])('reaches %s', async (command, stdin, stdout) => {
    expect(await run(client, command, stdin)).toMatchObject({ stdout, exitCode: 0 });
  });

  test.each([
    'echo hi',
    'cat README.md',
    'head -n 2 README.md',
    'grep -r ocean .',
    'grep ocean poems/nacre.txt',
    'ls | cat',
  ])('is not waited for by %s', async (command) => {
    const process = await client.spawn(command);
    while ((await process.read()) !== undefined);
    expect(await process.exited).toMatchObject({ exitCode: 0 });
  });

  test('bytes go through a file and back as they are', async () => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => (index * 7) & 0xff);
    await client.exec('cat > bytes', { stdin: bytes });
    expect((await client.exec('cat bytes')).stdout).toEqual(bytes);
    expect((await client.exec('cat bytes; cat < bytes | cat')).stdout).toEqual(Uint8Array.of(...bytes, ...bytes));
  });
});

describe('output is live', () => {
  test('the first line is there while the rest is still to come', async () => {
    const process = await client.spawn('for i in 1 2; do echo $i; sleep 60; done');
    expect(new TextDecoder().decode(await process.read())).toBe('1\n');
    process.kill('INT');
    expect(await process.exited).toEqual({ exitCode: undefined, signal: 'INT' });
  });

  test('stdout and stderr share a terminal in the order of writing', async () => {
    const visitor = await Visitor.start(client, 'echo a; echo b >&2; echo c; nosuch; echo d');
    await visitor.sees('\r\nd\r\n');
    expect(visitor.shown).toBe('a\r\nb\r\nc\r\nbash: nosuch: command not found\r\nd\r\n');
  });
});

test('what all depend on cannot be removed or changed', async () => {
  const own = await (await openPlayground()).visit();
  await run(own, 'rm -rf /; rm -rf /home; mv /home/demo /tmp/x; rm -rf ~');
  expect((await run(own, 'echo /home/* /usr/bin/l[s]; pwd; echo > /etc/x')).stdout).toBe(
    '/home/both /home/demo /home/guest /home/keys /home/otp /usr/bin/ls\n/home/demo\n',
  );
  expect((await run(own, 'echo mine > /home/demo/x; cat /home/demo/x; rm x; cat x')).stdout).toBe('mine\n');
  expect(await run(own, 'echo x > /etc/motd')).toMatchObject({
    stderr: "bash: EACCES: permission denied, '/etc/motd'\n",
    exitCode: 1,
  });
  expect((await run(own, 'mkdir /new; rm /etc/motd; chmod 0 /etc/motd; cat /etc/motd')).stdout).toBe(
    'Everything here is JavaScript.\n',
  );
});

test('everybody sees the same files', async () => {
  const other = await playground.visit('guest', { method: 'none' });
  await run(client, 'echo hello > /tmp/shared');
  expect((await run(other, 'cat /tmp/shared; pwd; ls')).stdout).toBe(
    'hello\n/home/guest\nREADME.md\nbin\ndata\npoems\n',
  );
});

test('RFC 4254 §6.4: variables of the client are set, but not those that the shell lives by', async () => {
  const env = { LANG: 'de_DE.UTF-8', COLOUR: 'blue', HOME: '/root', PATH: '/nowhere', IFS: 'e', BASH_ALIAS_echo: 'ls' };
  const { stdout } = await client.exec('x=feel; echo $LANG $COLOUR $HOME $PATH $x', { env });
  expect(new TextDecoder().decode(stdout)).toBe('de_DE.UTF-8 blue /home/demo /usr/bin feel\n');
});

test('a client that goes away stops its command', async () => {
  const leaving = await playground.visit();
  const waiting = 'while [ ! -e /tmp/go-on ]; do sleep 0.01; done';
  const process = await leaving.spawn(`echo started; ${waiting}; echo > /tmp/not-stopped`);
  await process.read();
  leaving.close();
  await run(client, 'echo > /tmp/go-on');
  expect((await run(client, 'sleep 0.2; ls /tmp/not-stopped')).exitCode).toBe(2);
});

test('subsystems are refused', async () => {
  await expect(client.subsystem('sftp')).rejects.toThrow();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '@nacre/core';
import { openPlayground } from '../testing/visit.js';

let client: Client;
beforeAll(async () => {
  client = await (await openPlayground()).visit();
});
afterAll(() => client.close());

async function textOf(read: () => Promise<Uint8Array | undefined>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** A shell without a terminal, fed with `chunks`. */
async function feed(...chunks: readonly string[]) {
  const shell = await client.shell({ pty: undefined });
  const stdout = textOf(() => shell.read());
  const stderr = textOf(() => shell.readError());
  for (const chunk of chunks) await shell.write(chunk);
  shell.end();
  const { exitCode } = await shell.exited;
  return { stdout: await stdout, stderr: await stderr, exitCode };
}

test('runs lines, and says nothing of its own', async () => {
  expect(await feed('echo a\necho b >&2\nfalse\necho $?\n')).toEqual({ stdout: 'a\n1\n', stderr: 'b\n', exitCode: 0 });
});

test('however the lines are cut', async () => {
  const text = 'cd poems\nx=é\nfor i in 1 2\ndo\n  echo $i$x\ndone\npwd\n';
  const whole = await feed(text);
  expect(whole.stdout).toBe('1é\n2é\n/home/demo/poems\n');
  expect(await feed(...text)).toEqual(whole);
});

test('each line is run when it is there', async () => {
  const shell = await client.shell({ pty: undefined });
  await shell.write('echo one\n');
  expect(new TextDecoder().decode(await shell.read())).toBe('one\n');
  await shell.write('exit 3\n');
  expect(await shell.exited).toMatchObject({ exitCode: 3 });
});

test('the last line needs no end, and its status is the shell’s', async () => {
  expect(await feed('echo a\nexit-with 5')).toMatchObject({ stdout: 'a\n', exitCode: 5 });
});

test('nothing is run behind exit', async () => {
  expect(await feed('exit 4\necho never\n')).toMatchObject({ stdout: '', exitCode: 4 });
});

test('what is unfinished at the end is told', async () => {
  expect(await feed('for i in 1 2; do\n')).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('syntax error'),
    exitCode: 2,
  });
});

test('a command that reads stdin reads what comes behind it', async () => {
  expect(await feed('echo a\nsink\nfour\n')).toMatchObject({ stdout: 'a\n5\n', exitCode: 0 });
  expect(await feed('tr a-z A-Z\nabc\n')).toMatchObject({ stdout: 'ABC\n', exitCode: 0 });
});

test('own commands stream here too, without a script’s bound', async () => {
  expect((await feed('zero 17\n')).stdout).toHaveLength(17 * 2 ** 20);
});

test('no input at all is no failure', async () => {
  expect(await feed()).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

test('new lines are as they are', async () => {
  expect((await feed("printf 'a\\nb\\r\\n'\n")).stdout).toBe('a\nb\r\n');
});

test('RFC 4254 §6.9: a signal ends the shell', async () => {
  const shell = await client.shell({ pty: undefined });
  await shell.write('echo on; sleep 600\n');
  await shell.read();
  shell.kill('TERM');
  expect(await shell.exited).toEqual({ exitCode: undefined, signal: 'TERM' });
});

/** What a script may take in time, input and output: each of these runs up to a bound, which takes tenths of a second. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Client } from '@nacre/core';
import { openPlayground, run } from '../testing/visit.js';

let client: Client;
beforeAll(async () => {
  client = await (await openPlayground()).visit();
});
afterAll(() => client.close());

describe('bounds', () => {
  test.each([
    ['eval "while true; do :; done"', /nothing else could run/],
    ['source loop', /nothing else could run/],
    ['f() { f; }; f', /maximum recursion depth/],
    ['awk "BEGIN { while (1) {} }"', /maximum iterations/],
    ['x=$(printf "%0500000d" 0); for i in {1..20}; do x=$x$x; done', /exceeded|limit/],
  ])('%s comes to an end', async (command, complaint) => {
    await run(client, 'echo "while true; do :; done" > loop');
    const { stderr, exitCode } = await run(client, command);
    expect(stderr).toMatch(complaint);
    expect(exitCode).not.toBe(0);
  });

  test('the output of a script', async () => {
    const { stdout, stderr } = await client.exec('x=$(printf "%08388608d" 0); for i in 1 2 3 4 5; do echo $x; done');
    expect(stdout.length).toBeLessThan(33 * 2 ** 20);
    expect(new TextDecoder().decode(stderr)).toContain('output size');
  });

  test.each(['f() { for i in {1..31000}; do :; done; }; f', 'bash -c "for i in {1..31000}; do :; done"'])(
    'a long loop that pauses is none that harms: %s',
    async (command) => {
      expect(await run(client, `${command}; echo done`)).toMatchObject({ stdout: 'done\n', stderr: '' });
    },
  );

  test('nor is one during which the machine stands still', async () => {
    const now = performance.now.bind(performance);
    let looks = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      looks += 1;
      if (looks % 3000 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      return now();
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const { stdout } = await run(client, 'f() { for i in {1..3000}; do :; done; }; f; echo done');
    expect([stdout, looks > 3000]).toEqual(['done\n', true]);
  });

  test('more stdin than it takes is refused', async () => {
    const result = await run(client, 'cat | wc -c', new Uint8Array(33 * 2 ** 20));
    expect(result).toMatchObject({
      stdout: '',
      stderr: 'bash: this shell takes 32 MiB of stdin at most\n',
      exitCode: 1,
    });
  });

  test('`zero` within a script', async () => {
    expect((await run(client, 'zero 1 | sink')).stdout).toBe(`${2 ** 20}\n`);
    expect((await run(client, 'zero 1000 | sink')).stderr).toContain('too much for a script');
  });
});

/** Programs in a terminal of the shape of `node-pty`, whose calls throw once its program has ended. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { accept } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import type { PseudoTerminal, PseudoTerminals } from './pseudo-terminal.js';
import { runProcess, type RunProcessOptions } from './run-process.js';

type End = { readonly exitCode: number; readonly signal?: number };

/** A program that says something and ends at its first input. */
class EndingTerminal implements PseudoTerminal {
  readonly pid = 1;
  readonly calls: string[] = [];
  #data: (data: Buffer) => void = () => undefined;
  #exit: (end: End) => void = () => undefined;
  #isOver = false;

  onData(listener: (data: Buffer) => void): void {
    this.#data = listener;
  }

  onExit(listener: (end: End) => void): void {
    this.#exit = listener;
  }

  write(): void {
    this.#call('write');
    this.#data(Buffer.alloc(4 * 1024 * 1024));
    this.#isOver = true;
    this.#exit({ exitCode: 4 });
  }

  resize(): void {
    this.#call('resize');
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  kill(signal = 'SIGHUP'): void {
    this.calls.push(signal);
    if (signal === 'SIGKILL') this.#exit({ exitCode: 0, signal: 9 });
  }

  #call(name: string): void {
    this.calls.push(this.#isOver ? `${name} too late` : name);
    if (this.#isOver) throw new Error('ioctl(2) failed, EBADF');
  }
}

type Launch = Parameters<PseudoTerminals['spawn']>[2];

async function begin(
  options: Pick<RunProcessOptions, 'uid' | 'gid' | 'killDelay'> = {},
  groupsNow: () => readonly number[] = () => [],
) {
  const terminal = new EndingTerminal();
  const launched: (Launch & { readonly groups: readonly number[] })[] = [];
  const spawn = (_file: string, _args: string[], launch: Launch): PseudoTerminal => {
    launched.push({ ...launch, groups: groupsNow() });
    return terminal;
  };
  const { client } = await pair({
    server: {
      hooks: { none: () => accept },
      session: (session) => runProcess(session, '/bin/sh', [], { ...options, pty: { spawn } }),
    },
  });
  const remote = await client.shell({ pty: {} });
  return { client, remote, terminal, launched };
}

test('Security: a program in a terminal runs as whom it is to run as, without the groups of this process', async () => {
  let groups = [4, 27];
  vi.spyOn(process, 'getgroups').mockImplementation(() => groups);
  vi.spyOn(process, 'setgroups').mockImplementation((given) => void (groups = given as number[]));
  onTestFinished(() => void vi.restoreAllMocks());
  const { client, launched } = await begin({ uid: 1234, gid: 567 }, () => groups);
  expect(launched).toMatchObject([{ uid: 1234, gid: 567, groups: [] }]);
  expect(groups).toEqual([4, 27]);
  client.close();
});

test.each([{ uid: 1234 }, { gid: 567 }])('Security: %o alone starts nothing', async (options) => {
  const { client, launched, remote } = await begin(options);
  expect((await remote.exited).exitCode).toBe(1);
  expect(launched).toEqual([]);
  client.close();
});

test('a client that goes on while the last output waits for it harms nobody', async () => {
  const { remote, terminal } = await begin();
  await remote.write('end');
  remote.resize(100, 30);
  await remote.write('more');
  for (let chunk = await remote.read(); chunk !== undefined; chunk = await remote.read()) {
    // Only now there is room for the end.
  }
  expect((await remote.exited).exitCode).toBe(4);
  expect(terminal.calls.filter((call) => call.includes('late'))).toEqual([]);
});

test('a program that does not end when it is hung up is killed', async () => {
  const { client, terminal } = await begin({ killDelay: 1 });
  client.close();
  await expect.poll(() => terminal.calls).toEqual(['SIGHUP', 'SIGKILL']);
});

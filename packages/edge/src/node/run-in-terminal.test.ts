/** Programs in a terminal of the shape of `node-pty`, whose calls throw once its program has ended. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { accept, type PtyOptions } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { nodeCrypto } from '../node-crypto.js';
import type { PseudoTerminal, PseudoTerminals } from './pseudo-terminal.js';
import { runProcess, type RunProcessOptions } from './run-process.js';

type End = { readonly exitCode: number; readonly signal?: number };

/** A program that says its input in capitals, and ends at one that has a q. */
class FakeTerminal implements PseudoTerminal {
  readonly pid = 1;
  /** What it was told: signals, pauses, and what nobody should tell it any more. */
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

  /** Output that no input asked for. */
  say(data: Buffer): void {
    this.#data(data);
  }

  write(data: string | Buffer): void {
    this.#require('write');
    this.#data(Buffer.from(data.toString().toUpperCase()));
    this.#isOver = data.toString().includes('q');
    if (this.#isOver) this.#exit({ exitCode: 4 });
  }

  resize(columns: number, rows: number): void {
    this.#require('resize');
    this.#data(Buffer.from(`${columns}x${rows}`));
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

  #require(name: string): void {
    if (!this.#isOver) return;
    this.calls.push(`${name} too late`);
    throw new Error('ioctl(2) failed, EBADF');
  }
}

type Launch = Parameters<PseudoTerminals['spawn']>[2];

interface Start {
  readonly groupsNow?: () => readonly number[];
  readonly pty?: PtyOptions;
  readonly terminal?: FakeTerminal;
}

async function begin(
  options: Pick<RunProcessOptions, 'uid' | 'gid' | 'killDelay'> = {},
  { groupsNow = () => [], pty = {}, terminal = new FakeTerminal() }: Start = {},
) {
  const launched: (Launch & { readonly program: readonly string[]; readonly groups: readonly number[] })[] = [];
  const spawn = (file: string, args: string[], launch: Launch): PseudoTerminal => {
    launched.push({ ...launch, program: [file, ...args], groups: groupsNow() });
    return terminal;
  };
  const { client } = await pair({
    client: { crypto: nodeCrypto },
    server: {
      crypto: nodeCrypto,
      hooks: { none: () => accept },
      session: (session) => runProcess(session, '/bin/sh', ['-l'], { ...options, pty: { spawn } }),
    },
  });
  onTestFinished(() => client.close());
  const remote = await client.shell({ pty });
  return { client, remote, terminal, launched };
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

test('a client with a terminal gets one if the package is given, with its size, input and status', async () => {
  const { remote, terminal, launched } = await begin({}, { pty: { term: 'vt100', columns: 100, rows: 30 } });
  await remote.write('hello');
  expect(text(await remote.read())).toBe('HELLO');
  remote.resize(120, 0);
  expect(text(await remote.read())).toBe('120x24');
  await remote.write('q');
  expect((await remote.exited).exitCode).toBe(4);
  expect(launched).toMatchObject([{ program: ['/bin/sh', '-l'], name: 'vt100', cols: 100, rows: 30 }]);
  expect(terminal.calls).toEqual([]);
});

test('only a client that is far behind delays a program in a terminal, and all output arrives', async () => {
  const { remote, terminal } = await begin();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let count = 0; count < 64; count += 1) terminal.say(chunk);
  expect(terminal.calls).toEqual(['pause']);
  terminal.write('q');
  let length = 0;
  for (let bytes = await remote.read(); bytes !== undefined; bytes = await remote.read()) length += bytes.length;
  expect(length).toBe(64 * chunk.length + 1);
  expect(terminal.calls).toEqual(['pause', 'resume']);
});

test.runIf(process.platform === 'linux')('the terminal of a program is held open until its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nacre-terminal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ptsName = join(folder, 'terminal');
  writeFileSync(ptsName, '');
  const isHeld = (): boolean =>
    readdirSync('/proc/self/fd').some((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`) === ptsName;
      } catch {
        return false;
      }
    });
  const { remote } = await begin({}, { terminal: Object.assign(new FakeTerminal(), { ptsName }) });
  expect(isHeld()).toBe(true);
  await remote.write('q');
  await remote.exited;
  expect(isHeld()).toBe(false);
});

test('Security: a program in a terminal runs as the given user, without the groups of this process', async () => {
  let groups = [4, 27];
  vi.spyOn(process, 'getgroups').mockImplementation(() => groups);
  vi.spyOn(process, 'setgroups').mockImplementation((given) => void (groups = given as number[]));
  onTestFinished(() => void vi.restoreAllMocks());
  const { launched } = await begin({ uid: 1234, gid: 567 }, { groupsNow: () => groups });
  expect(launched).toMatchObject([{ uid: 1234, gid: 567, groups: [] }]);
  expect(groups).toEqual([4, 27]);
});

test.each([{ uid: 1234 }, { gid: 567 }])('Security: %o alone starts nothing', async (options) => {
  const { launched, remote } = await begin(options);
  expect((await remote.exited).exitCode).toBe(1);
  expect(launched).toEqual([]);
});

test('a client that continues while the last output waits for it causes no fault', async () => {
  const { remote, terminal } = await begin();
  terminal.say(Buffer.alloc(4 * 1024 * 1024));
  await remote.write('q');
  remote.resize(100, 30);
  await remote.write('more');
  for (let chunk = await remote.read(); chunk !== undefined; chunk = await remote.read()) {
    // Only now there is room for the end.
  }
  expect((await remote.exited).exitCode).toBe(4);
  expect(terminal.calls.filter((call) => call.includes('late'))).toEqual([]);
});

test('a terminal is hung up when its client goes', async () => {
  const { client, terminal } = await begin();
  client.close();
  await expect.poll(() => terminal.calls).toContain('SIGHUP');
});

test('a program that does not end when it is hung up is killed', async () => {
  const { client, terminal } = await begin({ killDelay: 1 });
  client.close();
  await expect.poll(() => terminal.calls).toEqual(['SIGHUP', 'SIGKILL']);
});

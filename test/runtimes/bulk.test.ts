/** Volume on every runtime: it arrives intact, across rekeys, and the server's memory does not grow with it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { plink } from '../interop/clients.js';
import { openssh, TARGET } from '../interop/openssh.js';
import { isMissing } from '../interop/processes.js';
import {
  collectUndos,
  cpuTime,
  residentMemory,
  RUNTIMES,
  startPlayground,
  type Playground,
} from './playground-process.js';

const MEBIBYTE = 1024 * 1024;
/** The full volume with rekeys, which is harder; without any, enough to see whether memory still grows. */
const VOLUME = 256;
const LESS = 160;
/** Memory is measured after this many MiB, and at the end. */
const SETTLED = 64;
/** In between it may grow by this much of what came: a server that keeps it grows by all of that, and one that does not by what its collector leaves. */
const KEPT = 0.5;
const REKEYS = [
  { volume: LESS, rekeys: 'without rekeys', words: [] },
  { volume: VOLUME, rekeys: 'with a rekey every 16 MiB', words: ['--rekey-bytes', String(16 * MEBIBYTE)] },
];

/** One transfer, and the server's memory during it. */
class Transfer {
  readonly #hash = createHash('sha256');
  readonly #pid: number;
  /** In bytes. */
  length = 0;
  #settled = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.length += chunk.length;
    if (this.#settled === 0 && this.length >= SETTLED * MEBIBYTE) this.#settled = residentMemory(this.#pid);
  }

  get digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** MiB by which memory has grown since it settled. */
  get growth(): number {
    return (residentMemory(this.#pid) - this.#settled) / MEBIBYTE;
  }
}

/** A program whose output is read as it comes, and not kept. */
function client([program = '', ...words]: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(program, words);
  child.stdin.on('error', () => undefined);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function download(playground: Playground, volume: number): Promise<Transfer> {
  const { words } = await openssh(onTestFinished, playground);
  const transfer = new Transfer(playground.pid);
  const ssh = client(['ssh', ...words, TARGET, `zero ${volume}`]);
  for await (const chunk of ssh.stdout) transfer.add(chunk as Uint8Array);
  return transfer;
}

/** @returns what the server says it got, and what it was sent. */
async function upload(playground: Playground, volume: number): Promise<{ sent: Transfer; received: string }> {
  const { words } = await openssh(onTestFinished, playground);
  const sent = new Transfer(playground.pid);
  const ssh = client(['ssh', ...words, TARGET, 'sha256']);
  const answer = once(ssh.stdout, 'data');
  const block = randomBytes(MEBIBYTE);
  for (let index = 0; index < volume; index += 1) {
    block.writeUInt32BE(index);
    sent.add(block);
    await new Promise<void>((resolve, reject) => {
      ssh.stdin.write(block, (error) => (error ? reject(error) : resolve()));
    });
  }
  ssh.stdin.end();
  return { sent, received: String((await answer)[0]) };
}

const zeros = (volume: number): string => {
  const hash = createHash('sha256');
  for (let index = 0; index < volume; index += 1) hash.update(new Uint8Array(MEBIBYTE));
  return hash.digest('hex');
};

/** Settles when the process has nothing left to do. */
async function rests(pid: number): Promise<void> {
  let last = -1;
  const isStill = (): boolean => {
    const now = cpuTime(pid);
    const still = now - last <= 1;
    last = now;
    return still;
  };
  await expect.poll(isStill, { interval: 500 }).toBe(true);
}

describe.each(RUNTIMES)('$name', (runtime) => {
  describe.skipIf(runtime.isMissing || isMissing('ssh')).each(REKEYS)('$volume MiB, $rekeys', ({ volume, words }) => {
    let playground: Playground;
    beforeAll(async () => {
      const undo = collectUndos();
      playground = await startPlayground(undo.add, runtime, words);
      return undo.run;
    });

    test('from the server', async () => {
      const { digest, growth } = await download(playground, volume);
      expect(digest).toBe(zeros(volume));
      expect(growth).toBeLessThanOrEqual(KEPT * (volume - SETTLED));
    });

    test('to the server', async () => {
      const { sent, received } = await upload(playground, volume);
      expect(received).toContain(sent.digest);
      expect(sent.growth).toBeLessThanOrEqual(KEPT * (volume - SETTLED));
    });
  });

  test.skipIf(runtime.isMissing || isMissing('plink'))('a reader that stops', async () => {
    const playground = await startPlayground(onTestFinished, runtime);
    // PuTTY's client grants a window of 2 GiB, so nothing but the transport holds the server back.
    const { words } = await plink(onTestFinished, playground);
    const reader = client(await words([`zero ${4 * VOLUME}`]));
    const transfer = new Transfer(playground.pid);
    for await (const chunk of reader.stdout) {
      transfer.add(chunk as Uint8Array);
      if (transfer.length >= SETTLED * MEBIBYTE) break;
    }
    reader.kill('SIGSTOP');
    await rests(playground.pid);
    expect(transfer.growth).toBeLessThanOrEqual(KEPT * (VOLUME - SETTLED));
  });
});

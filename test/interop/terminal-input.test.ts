/** A system terminal that nobody reads: what a client types waits with the client, and all of it arrives in the end. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { pair } from '@nacre/core/testing';
import { runProcess, type PseudoTerminal } from '@nacre/edge/node';
import { isMissing } from './processes.js';

type End = { readonly exitCode: number };

const MEBIBYTE = 2 ** 20;
/** TIOCSPTLCK and TIOCGPTN of ioctl_tty(2): unlocks the terminal on descriptor 3, and prints its number. */
const UNLOCK = `import fcntl, struct
fcntl.ioctl(3, 0x40045431, bytes(4))
print(*struct.unpack('i', fcntl.ioctl(3, 0x80045430, bytes(4))), end='')`;
const PYTHON = '/usr/bin/python3';

/** Terminals as `node-pty` makes them, without a program: the test reads in its place. */
function openTerminal(): PseudoTerminal & { readonly ptsName: string; exit(code: number): void; written: number } {
  const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  const index = execFileSync(PYTHON, ['-c', UNLOCK], { stdio: ['ignore', 'pipe', 'inherit', fd] }).toString();
  const ptsName = `/dev/pts/${index}`;
  execFileSync('stty', ['-F', ptsName, 'raw', '-echo']);
  let ended: (end: End) => void = () => undefined;
  const nothing = (): void => undefined;
  return {
    pid: 0,
    fd,
    ptsName,
    written: 0,
    write(data) {
      this.written += data.length;
    },
    onData: nothing,
    onExit: (listener) => (ended = listener),
    exit: (exitCode) => ended({ exitCode }),
    resize: nothing,
    pause: nothing,
    resume: nothing,
    kill: nothing,
  };
}

/** What can be read now, without waiting for more. */
function readNow(descriptor: number, into: Buffer): number {
  try {
    return readSync(descriptor, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

async function begin() {
  const terminal = openTerminal();
  const both = await pair({
    server: { session: (session) => runProcess(session, 'x', [], { pty: { spawn: () => terminal } }) },
  });
  onTestFinished(() => both.client.close());
  const program = openSync(terminal.ptsName, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(program));
  return { terminal, program, client: both.client, remote: await both.client.shell({ pty: {} }) };
}

const it = test.skipIf(process.platform !== 'linux' || isMissing('python3', 'stty'));

it('a client types no faster than the program reads, and nothing is lost', async () => {
  const { terminal, program, remote } = await begin();
  const typed = randomBytes(4 * MEBIBYTE);
  let isTyped = false;
  const typing = remote.write(typed).then(() => (isTyped = true));
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(MEBIBYTE);
  let length = 0;
  while (length < typed.length) {
    const read = readNow(program, chunk);
    length += read;
    hash.update(chunk.subarray(0, read));
    // What is still to come exceeds the room in the terminal, the window and the queues between them.
    if (typed.length - length > 3 * MEBIBYTE) expect(isTyped).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await typing;
  expect(hash.digest('hex')).toBe(createHash('sha256').update(typed).digest('hex'));
  expect(terminal.written).toBe(0);
  terminal.exit(3);
  expect((await remote.exited).exitCode).toBe(3);
});

it('a program that ends while its terminal is full takes the input along', async () => {
  const { terminal, remote, client } = await begin();
  void remote.write(randomBytes(8 * MEBIBYTE)).catch(() => undefined);
  await client.ping();
  terminal.exit(4);
  expect((await remote.exited).exitCode).toBe(4);
});

it('Security: a descriptor that is no longer this terminal’s is not written to', async () => {
  const other = openTerminal();
  const { terminal, program, remote } = await begin();
  Object.assign(terminal, { fd: other.fd });
  const stranger = openSync(other.ptsName, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(stranger));
  await remote.write(Buffer.from('for its own program'));
  await expect.poll(() => terminal.written).toBeGreaterThan(0);
  const into = Buffer.alloc(100);
  expect([readNow(stranger, into), readNow(program, into)]).toEqual([0, 0]);
});

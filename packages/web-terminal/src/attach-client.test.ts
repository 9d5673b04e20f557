import { accept, connect, createServer, generateKey, type Session } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { attachClient, type AttachableProcess } from './attach-client.js';

const utf8 = new TextEncoder();

/** A process whose output is given by hand, and which remembers what it was told. */
function fakeProcess(chunks: (string | undefined)[]): AttachableProcess & { readonly told: string[]; reads: number } {
  const told: string[] = [];
  return {
    told,
    reads: 0,
    read() {
      this.reads += 1;
      const chunk = chunks.shift();
      return Promise.resolve(chunk === undefined ? undefined : utf8.encode(chunk));
    },
    readError: () => Promise.resolve(undefined),
    write(bytes) {
      told.push(`write ${typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)}`);
      return Promise.resolve();
    },
    resize: (...size) => void told.push(`resize ${size.join(' ')}`),
  };
}

function firstLine(terminal: Terminal): string | undefined {
  return terminal.buffer.active.getLine(0)?.translateToString(true);
}

test('reads on, and so gives window credit back, only once the terminal has taken a chunk in', async () => {
  const terminal = new Terminal();
  const taken: (() => void)[] = [];
  terminal.write = (_bytes, callback) => void taken.push(callback ?? (() => undefined));
  const process = fakeProcess(['one', 'two', 'three']);
  attachClient(terminal, process);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(process.reads).toBe(1);
  taken[0]?.();
  await settle();
  expect(process.reads).toBe(2);
});

test('is finished when all output has been shown', async () => {
  const terminal = new Terminal();
  const { finished } = attachClient(terminal, fakeProcess(['hello ', 'world']));
  await finished;
  expect(firstLine(terminal)).toBe('hello world');
});

test('rejects once all has been shown that arrived before the connection broke; without a word if it is disposed', async () => {
  const broken = new Error('the connection was lost');
  const cutShort = (chunks: string[]): AttachableProcess => {
    const process = fakeProcess(chunks);
    return {
      ...process,
      read: () => (chunks.length > 0 ? process.read() : Promise.reject(broken)),
      readError: () => Promise.reject(broken),
    };
  };
  const terminal = new Terminal();
  // Nobody looks at this one: a rejection that counted as unhandled would fail the run.
  attachClient(new Terminal(), cutShort([]));
  await expect(attachClient(terminal, cutShort(['hello ', 'world'])).finished).rejects.toBe(broken);
  expect(firstLine(terminal)).toBe('hello world');
  const disposed = attachClient(terminal, cutShort([]));
  disposed.dispose();
  expect(await disposed.finished).toBe(undefined);
});

test('sends what is typed, and the size, until it is disposed', async () => {
  const terminal = new Terminal({ cols: 80, rows: 24 });
  const process = fakeProcess([]);
  const attached = attachClient(terminal, process);
  terminal.input('grüße');
  terminal.resize(100, 30);
  await attached.finished;
  expect(process.told).toEqual(['resize 100 30 0 0', 'write grüße']);
  attached.dispose();
  terminal.input('more');
  terminal.resize(90, 20);
  await attached.finished;
  expect(process.told).toHaveLength(2);
});

test('a terminal over a real connection: a shell that echoes, sees the new size and ends', async () => {
  const shell = async (session: Session): Promise<number> => {
    const sizes = session.resizes[Symbol.asyncIterator]();
    const input = await session.read();
    await session.print(`got ${new TextDecoder().decode(input)}, `);
    const { value } = await sizes.next();
    await session.print(`${value?.columns}x${value?.rows}`);
    return 7;
  };
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { none: () => accept },
    session: shell,
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'u', verifyHostKey: () => true, credentials: [{ method: 'none' }] });
  const process = await client.shell({ pty: { columns: 80, rows: 24 } });
  const terminal = new Terminal({ cols: 80, rows: 24 });
  const attached = attachClient(terminal, process);
  terminal.input('keys');
  terminal.resize(132, 43);
  await attached.finished;
  expect(await process.exited).toMatchObject({ exitCode: 7 });
  expect(firstLine(terminal)).toBe('got keys, 132x43');
  client.close();
});

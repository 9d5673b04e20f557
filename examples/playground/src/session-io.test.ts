import { expect, test } from 'vitest';
import type { Session } from '@nacre/core';
import type { SessionTap } from './app.js';
import { openPlayground, run, Visitor } from './testing/visit.js';

interface Seen {
  readonly session: Session;
  readonly tap: SessionTap;
}

/** A visitor at a terminal, and the host who looks on. */
async function openWatched() {
  const seen: Seen[] = [];
  const playground = await openPlayground({ onSession: (session, tap) => seen.push({ session, tap }) });
  const client = await playground.visit();
  return { client, seen };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a host sees what a visitor is shown, from when it listens', async () => {
  const { client, seen } = await openWatched();
  const visitor = await Visitor.open(client, { columns: 70, rows: 20 });
  const { session, tap } = seen[0]!;
  expect(session.user).toBe('demo');
  expect(tap.pty).toMatchObject({ columns: 70, rows: 20 });
  let output = '';
  const stop = tap.onOutput((bytes) => {
    output += new TextDecoder().decode(bytes);
  });
  await visitor.enter('echo seen; nosuch');
  expect(output).toContain('echo seen; nosuch');
  expect(output).toContain('\r\nseen\r\nbash: nosuch: command not found\r\n');
  stop();
  const before = output;
  await visitor.enter('echo unseen');
  expect(output).toBe(before);
});

test('what the host types, the visitor sees and the shell obeys; both may type the same line', async () => {
  const { client, seen } = await openWatched();
  const visitor = await Visitor.open(client);
  const { tap } = seen[0]!;
  tap.input(encode('ec'));
  await visitor.sees('ec');
  await visitor.type('ho to');
  await visitor.sees('ho to');
  tap.input(encode('gether\r'));
  await visitor.sees('\r\ntogether\r\n');
  await visitor.type('sleep 600\r');
  await visitor.sees('\r\n');
  tap.input(encode('\x03'));
  await visitor.sees('demo@nacre:~$ ');
});

test('the host hears of new sizes, and of the end', async () => {
  const { client, seen } = await openWatched();
  const visitor = await Visitor.open(client);
  const { tap } = seen[0]!;
  const resized = new Promise((resolve) => void tap.onResize(resolve));
  visitor.process.resize(100, 30);
  expect(await resized).toMatchObject({ columns: 100, rows: 30 });
  expect(tap.pty).toMatchObject({ columns: 100, rows: 30 });
  const typed = tap.closed.then(() => tap.input(encode('x')));
  await visitor.type('exit\r');
  await typed;
});

test('commands without a terminal are seen too, stderr among them, and can be fed', async () => {
  const { client, seen } = await openWatched();
  const process = await client.spawn('sink; echo >&2 done');
  let output = '';
  seen[0]!.tap.onOutput((bytes) => {
    output += new TextDecoder().decode(bytes);
  });
  seen[0]!.tap.input(encode('12345'));
  process.end();
  while ((await process.read()) !== undefined);
  await process.exited;
  expect(output).toBe('5\ndone\n');
  expect(seen[0]!.tap.pty).toBeUndefined();
});

test('more than 64 KiB that nobody reads are dropped', async () => {
  const { client, seen } = await openWatched();
  const process = await client.spawn('while [ ! -e /tmp/go-on ]; do sleep 0.01; done; sink');
  for (let count = 0; count < 100; count += 1) seen[0]!.tap.input(new Uint8Array(1024));
  process.end();
  await client.exec('echo > /tmp/go-on');
  expect(new TextDecoder().decode(await process.read())).toBe(`${64 * 1024}\n`);
});

test('a host that fails harms nobody', async () => {
  const playground = await openPlayground({
    onSession: (_session, tap) => {
      tap.onOutput(() => {
        throw new Error('the host has failed');
      });
    },
  });
  expect((await run(await playground.visit(), 'echo fine')).stdout).toBe('fine\n');
});

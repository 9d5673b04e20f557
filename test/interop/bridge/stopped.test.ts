/** SIGSTOP for the processes next to a verb while bytes flow: it holds little meanwhile, and continues after SIGCONT as if nothing had happened. */
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../processes.js';
import { residentBytes, useBridge } from './bridge.js';
import { run } from './cuts/ways.js';

const MIB = 1024 * 1024;
const LENGTH = 64 * MIB;
/** More than the queues of a verb and the garbage of its reads take, in bytes; without a bound it would hold everything. */
const HELD = LENGTH / 2;

const SERVER = `const { createHash, randomFillSync } = require('node:crypto');
  const server = require('node:net').createServer({ allowHalfOpen: true }, (socket) => serve(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
const ECHO = `${SERVER} const serve = (socket) => socket.pipe(socket);`;
/** Sends everything it has at once, and prints its digest. */
const SOURCE = `${SERVER} const serve = (socket) => {
  const payload = randomFillSync(Buffer.alloc(${LENGTH}));
  console.log(createHash('sha256').update(payload).digest('hex'));
  socket.end(payload);
};`;
/** Connects standard input and output to a port, as `proxy` does to a URL. */
const CLIENT = `const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
  process.stdin.pipe(socket).pipe(process.stdout);`;

const bridge = useBridge();

/** A client, through a verb and `serve`, and a server. */
interface Way {
  readonly client: ChildProcessWithoutNullStreams;
  readonly programs: Readonly<Record<string, ChildProcess>>;
  /** Settles once the server has printed that. */
  printed(pattern: RegExp): Promise<string>;
}

async function open(verb: 'proxy' | 'listen', script: string): Promise<Way> {
  const { child: target, printed } = start(onTestFinished, process.execPath, ['-e', script]);
  const to = `--to=127.0.0.1:${(await printed(/^\d+\n/)).trim()}`;
  const { child: serve, port } = await run(onTestFinished, { bundle: bridge.path }, [
    'serve',
    '--listen=0',
    '--no-token',
    to,
  ]);
  const url = `ws://127.0.0.1:${port}/`;
  if (verb === 'proxy') {
    const { child: proxy } = start(onTestFinished, process.execPath, [bridge.path, 'proxy', url]);
    return { client: proxy, programs: { proxy, serve, target }, printed };
  }
  const { child: listen, port: near } = await run(onTestFinished, { bundle: bridge.path }, ['listen', '0', url]);
  const { child: client } = start(onTestFinished, process.execPath, ['-e', CLIENT, String(near)]);
  return { client, programs: { client, listen, serve, target }, printed };
}

/** The digest of what a client receives. */
function hear({ stdout }: ChildProcessWithoutNullStreams): { readonly all: Promise<string>; bytes(): number } {
  const hash = createHash('sha256');
  let bytes = 0;
  const all = new Promise<string>((resolve) =>
    stdout.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes === LENGTH) resolve(hash.digest('hex'));
    }),
  );
  return { all, bytes: () => bytes };
}

/** Sends the payload as fast as it is accepted. @returns its digest */
async function say({ stdin }: ChildProcessWithoutNullStreams): Promise<string> {
  const hash = createHash('sha256');
  for (let bytes = 0; bytes < LENGTH; bytes += MIB) {
    const block = randomFillSync(Buffer.alloc(MIB));
    hash.update(block);
    if (!stdin.write(block)) await once(stdin, 'drain');
  }
  return hash.digest('hex');
}

/** While one of the programs is stopped the others come to rest, and have not taken much by then. */
async function holdLittle(programs: Way['programs'], stop: () => unknown, goOn: () => unknown): Promise<void> {
  const pids = ['proxy', 'listen', 'serve'].flatMap((name) => programs[name]?.pid ?? []);
  const before = pids.map(residentBytes);
  stop();
  let last: readonly number[] = [];
  const areAtRest = (): boolean => {
    const [now, then] = [pids.map(cpuTime), last];
    last = now;
    return now.every((time, index) => time === then[index]);
  };
  await expect.poll(areAtRest, { interval: 250 }).toBe(true);
  for (const [index, pid] of pids.entries()) expect(residentBytes(pid) - (before[index] ?? 0)).toBeLessThan(HELD);
  goOn();
}

/** CPU time that a process has used, in clock ticks. */
function cpuTime(pid: number): number {
  const [, , user, system] = /\) (?:\S+ ){11}((\d+) (\d+))/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return Number(user) + Number(system);
}

test.each([
  ['proxy', 'serve'],
  ['proxy', 'target'],
  ['listen', 'serve'],
] as const)('%s: %s is stopped while the client says much', async (verb, name) => {
  const { client, programs } = await open(verb, ECHO);
  const heard = hear(client);
  const said = say(client);
  await expect.poll(() => heard.bytes()).toBeGreaterThan(MIB);
  const stopped = programs[name];
  await holdLittle(
    programs,
    () => stopped?.kill('SIGSTOP'),
    () => stopped?.kill('SIGCONT'),
  );
  expect(await heard.all).toBe(await said);
  client.stdin.end();
  expect((await once(client, 'close'))[0]).toBe(0);
});

test.each(['proxy', 'listen'] as const)('%s: its client is stopped while the server says much', async (verb) => {
  const { client, programs, printed } = await open(verb, SOURCE);
  const heard = hear(client);
  await expect.poll(() => heard.bytes()).toBeGreaterThan(MIB);
  await holdLittle(
    programs,
    // The reader of proxy is this process, which cannot stop itself.
    () => (verb === 'proxy' ? client.stdout.pause() : client.kill('SIGSTOP')),
    () => (verb === 'proxy' ? client.stdout.resume() : client.kill('SIGCONT')),
  );
  expect(heard.bytes()).toBeLessThan(LENGTH);
  expect(await printed(/^[0-9a-f]{64}$/m)).toContain(await heard.all);
});

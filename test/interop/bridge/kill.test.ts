/** Processes killed while bytes flow: every end is definite, no byte is wrong, nothing is left behind. */
import { expect, onTestFinished, test } from 'vitest';
import { freePort, start, type Running } from '../processes.js';
import { BY_EVENTS, descriptors, startServe, useBridge, type Served, type ServeOptions } from './bridge.js';

const MIB = 1024 * 1024;
const ECHO = `require('node:net')
  .createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => undefined).pipe(socket))
  .listen(Number(process.argv[1]), '127.0.0.1', () => console.log('ready'))`;

const bridge = useBridge();

interface Setting extends Served {
  readonly target: Running;
  /** `proxy` as a process, with nothing sent to it yet. */
  proxy(...words: readonly string[]): Running;
}

async function setUp(options?: ServeOptions): Promise<Setting> {
  const port = await freePort();
  const target = start(onTestFinished, process.execPath, ['-e', ECHO, String(port)]);
  await target.printed(/ready/);
  const served = await startServe(onTestFinished, bridge.path, port, options);
  return {
    ...served,
    target,
    proxy: (...more) =>
      start(onTestFinished, process.execPath, [bridge.path, 'proxy', ...more, served.url], { env: served.environment }),
  };
}

/** An endless stream of bytes, until the other side is gone. */
function pour({ child }: Running): void {
  const block = Buffer.alloc(64 * 1024, 'x');
  const write = (): void => {
    while (child.stdin.writable && child.stdin.write(block));
  };
  child.stdin.on('drain', write);
  write();
}

/** How many bytes have come back by then. */
function counted({ child }: Running): { readonly bytes: number } {
  const count = { bytes: 0 };
  child.stdout.on('data', (chunk: Buffer) => (count.bytes += chunk.length));
  return count;
}

/** When a target is killed, its system ends the connections with a reset or, if nothing was left to read, as if everything had been sent. */
const TARGET_GONE = [0, 69];

const DEATHS: readonly (readonly [string, (setting: Setting) => unknown, readonly number[]])[] = [
  ['SIGKILL of the bridge', ({ serve }) => serve.child.kill('SIGKILL'), [69]],
  ['SIGKILL of the target', ({ target }) => target.child.kill('SIGKILL'), TARGET_GONE],
  ['a reset of the connection', ({ chopper }) => chopper.cutAll(), [69]],
];

test.each(DEATHS)(
  '%s in the middle of bulk data: without resuming the client ends by that',
  async (_what, kill, codes) => {
    const setting = await setUp({ env: BY_EVENTS });
    const running = setting.proxy('--no-resume');
    const count = counted(running);
    pour(running);
    await expect.poll(() => count.bytes).toBeGreaterThan(4 * MIB);
    void kill(setting);
    const { code, stderr } = await running.finished;
    expect(codes).toContain(code);
    expect(stderr.match(/\n/g) ?? []).toHaveLength(code === 0 ? 0 : 1);
  },
);

test('SIGKILL of the target: with resuming too, for the session is over', async () => {
  const setting = await setUp({ env: BY_EVENTS });
  const running = setting.proxy();
  const count = counted(running);
  pour(running);
  await expect.poll(() => count.bytes).toBeGreaterThan(MIB);
  setting.target.child.kill('SIGKILL');
  expect(TARGET_GONE).toContain((await running.finished).code);
});

test('a bridge that comes back without its sessions: the client is told so', async () => {
  const setting = await setUp();
  const running = setting.proxy();
  const count = counted(running);
  running.child.stdin.write('hello');
  await expect.poll(() => count.bytes).toBe(5);
  setting.serve.child.kill('SIGKILL');
  await setting.serve.finished;
  await setting.restart();
  const { code, stderr } = await running.finished;
  expect(code).toBe(65);
  expect(stderr).toContain('HTTP 410');
});

test('no descriptor is left after clients that were killed, reset, stopped or finished', async () => {
  const setting = await setUp({ words: ['--resume-grace', '1'] });
  const { pid } = setting.serve.child;
  const before = descriptors(pid);
  const clients = Array.from({ length: 12 }, (_, index) => setting.proxy(...(index % 2 === 0 ? [] : ['--no-resume'])));
  const counts = clients.map(counted);
  for (const { child } of clients) child.stdin.write('hello');
  await expect.poll(() => counts.map(({ bytes }) => bytes)).toEqual(clients.map(() => 5));
  expect(descriptors(pid)).toBe(before + 2 * clients.length);
  const targetBefore = descriptors(setting.target.child.pid);
  for (const [index, { child }] of clients.entries()) {
    if (index % 3 === 0) child.kill('SIGKILL');
    else if (index % 3 === 1) child.kill('SIGTERM');
    else child.stdin.end();
  }
  await Promise.all(clients.map(({ finished }) => finished));
  await expect.poll(() => descriptors(pid)).toBe(before);
  await expect.poll(() => descriptors(setting.target.child.pid)).toBe(targetBefore - clients.length);
});

/** Signals to a verb that is already stopping, and readers of its messages that leave. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, start } from '../processes.js';
import { useBridge } from './bridge.js';
import { run } from './cuts/ways.js';

const bridge = useBridge();

const ECHO = `const server = require('node:net').createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'serve: while it waits for its links after SIGTERM, %s ends it at once with exit code %i',
  async (signal, code) => {
    const target = start(onTestFinished, process.execPath, ['-e', ECHO]);
    const to = `--to=127.0.0.1:${(await target.printed(/^\d+\n/)).trim()}`;
    const words = ['serve', '--listen=0', '--no-token', '--drain=600', '--metrics=0', to];
    const serving = await run(onTestFinished, { bundle: bridge.path }, words);
    const url = `ws://127.0.0.1:${serving.port}/`;
    const proxy = start(onTestFinished, process.execPath, [bridge.path, 'proxy', '--no-resume', url]);
    proxy.child.stdin.write('hello\n');
    await proxy.printed(/hello/);
    serving.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${serving.metricsPort}/readyz`)).status).toBe(503);
    const ended = once(serving.child, 'exit');
    serving.child.kill(signal);
    expect(await ended).toEqual([code, null]);
    await proxy.finished;
  },
);

test.each(['the first message', 'later messages'])('listen: goes on when nobody reads %s', async (which) => {
  const port = String(await freePort());
  const listening = start(onTestFinished, process.execPath, [bridge.path, 'listen', port, 'ws://127.0.0.1:1/']);
  if (which === 'later messages') await listening.printed(/listening on/);
  listening.child.stdout.destroy();
  listening.child.stderr.destroy();
  // The failed dial is a message too; its client is told as well.
  for (const _ of [1, 2]) await expect.poll(() => dial(Number(port))).toMatch(/connection refused/);
  listening.child.kill('SIGINT');
  expect((await listening.finished).code).toBe(130);
});

/** Everything that is sent to a client that connects; empty if nobody listens. */
async function dial(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString();
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return heard;
}

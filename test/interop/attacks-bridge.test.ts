/** Group G against the bridge launched as its users do, and G09: a reader that stops, a cut at every offset, a bridge that is killed. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { checkBridgeCases } from '../attacks/bridge/check.js';
import { BINARY, frame, RawVisitor, requestText, upgradeHeaders } from '../attacks/bridge/raw-visitor.js';
import { launched, type Bridge } from '../attacks/bridge/subject.js';
import { start } from './processes.js';
import { useBridge } from './bridge/bridge.js';

const bundle = useBridge();
const launch = launched(() => bundle.path);

checkBridgeCases(launch);

/** A visitor with an open link, and the target's end of it. */
async function linked(bridge: Bridge): Promise<{ readonly visitor: RawVisitor; readonly target: Socket }> {
  const before = bridge.reached.length;
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  visitor.send(requestText(upgradeHeaders(bridge)));
  await visitor.response();
  while (bridge.reached.length === before) await delay(5);
  return { visitor, target: bridge.reached.at(-1) as Socket };
}

/** How a connection ends: by an error, or cleanly. */
function endOf(socket: Socket): Promise<string> {
  socket.resume();
  return once(socket, 'end').then(
    () => 'end',
    () => 'error',
  );
}

test('G07: a header that drips in is cut off', async () => {
  const bridge = await launch(onTestFinished, {});
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  visitor.send('GET / HTTP/1.1\r\nHost: ');
  const drip = setInterval(() => visitor.send('x'), 1_000);
  const { status } = await visitor.end();
  clearInterval(drip);
  expect([0, 408]).toContain(status);
});

test('G09: a browser that stops reading while the target sends 1 GiB holds the target up', async () => {
  const block = Buffer.alloc(1024 * 1024);
  let written = 0;
  const send = (socket: Socket): void => {
    while (written < 1024 * block.length && socket.write(block)) written += block.length;
  };
  const bridge = await launch(onTestFinished, { token: false }, (socket) => {
    socket.on('drain', () => send(socket));
    send(socket);
  });
  const { visitor } = await linked(bridge);
  visitor.socket.pause();
  let last = -1;
  while (written !== last) {
    last = written;
    await delay(300);
  }
  // Twice what the queues of the system's sockets take, and 1 MiB of ours.
  expect(written).toBeLessThan(32 * block.length);
  const metrics = await bridge.said();
  expect(Number(/process_resident_memory_bytes (\d+)/.exec(metrics)?.[1])).toBeLessThan(150 * block.length);
});

test('G09: a link that is cut behind each byte of a message ends at the target with an error, and nothing hangs', async () => {
  const bridge = await launch(onTestFinished, { token: false }, () => undefined);
  const message = frame({ first: BINARY, payload: Buffer.alloc(300, 7) });
  const whole = frame({ first: BINARY, payload: Buffer.alloc(1, 7) });
  // Of the frame, with the mask.
  const HEADER = message.length - 300;
  for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 150, message.length - 1, message.length]) {
    const { visitor, target } = await linked(bridge);
    const received: Buffer[] = [];
    target.on('data', (chunk: Buffer) => received.push(chunk));
    // In one segment with a whole message: once that has arrived, the bridge has read what follows it, even half a header.
    visitor.send(Buffer.concat([whole, message.subarray(0, length)]));
    // Interop: Node 20 takes a reset for an end if it reads the bytes before it at the same time.
    await expect.poll(() => Buffer.concat(received).length).toBe(1 + Math.max(0, length - HEADER));
    visitor.socket.resetAndDestroy();
    expect([length, await endOf(target)]).toEqual([length, 'error']);
    expect(Buffer.concat(received).every((byte) => byte === 7)).toBe(true);
  }
});

test('G09: a bridge that is killed: both ends are told at once, and an ssh client of proxy gets an exit code', async () => {
  const bridge = await launch(onTestFinished, { token: false }, () => undefined);
  const { visitor, target } = await linked(bridge);
  const words = [bundle.path, 'proxy', '--no-resume', `ws://${bridge.host}/`];
  const proxy = start(onTestFinished, process.execPath, words);
  while (bridge.reached.length < 2) await delay(5);
  const ends = [endOf(visitor.socket), endOf(target), endOf(bridge.reached[1] as Socket)];
  process.kill(bridge.pid as number, 'SIGKILL');
  for (const end of await Promise.all(ends)) expect(['end', 'error']).toContain(end);
  const { code, stdout, stderr } = await proxy.finished;
  expect([code, stdout.toString()]).toEqual([69, '']);
  expect(stderr).toMatch(/^ssh-bridge: link failed: [^\n]+\n$/);
});

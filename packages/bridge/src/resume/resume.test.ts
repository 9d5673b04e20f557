/** A session over links that break anywhere: not a byte is lost, doubled or changed, and every end is definite. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { BridgeError } from '../bridge-error.js';
import { RefusedUpgrade } from '../dial-failure.js';
import { EXIT } from '../exit-codes.js';
import type { LinkEnd } from '../link-end.js';
import { NO_CUT, simulateWire, testClock, testStream, type Cut, type TestStream } from '../testing/simulated-link.js';
import { randomPayload, sha256 } from '../testing/sockets.js';
import type { Link } from '../websocket/link.js';
import type { WebSocketLink } from '../websocket/web-socket-link.js';
import type { ByteStream } from '../pump.js';
import { openResumable, type ResumeOptions } from '../relay-v4/client.js';
import { isFinalRefusal } from './line.js';
import { messageLink, sessionStream } from './node-ends.js';
import { createSessions, GRACE } from './sessions.js';
import type { Schedule } from '../relay-v4/clock.js';

/** As long as the wait for a greeting, and longer than one between two attempts. */
const DEADLINE = 10_000;

/** Runs scheduled callbacks in the next turn, except for deadlines, which are met. */
const soon: Schedule = (delay, callback) => {
  if (delay >= DEADLINE) return () => undefined;
  const timer = setImmediate(callback);
  return () => clearImmediate(timer);
};

/** A client as a line makes it, over our own links. */
function carryResumable(
  first: Link,
  stream: ByteStream,
  {
    redial,
    ...options
  }: Omit<ResumeOptions, 'redial'> & {
    readonly redial: (sid: string, received: number) => Promise<Link>;
  },
): Promise<LinkEnd> {
  return openResumable(messageLink(first), sessionStream(stream), {
    redial: async (sid, received) => messageLink(await redial(sid, received)),
    isFinal: isFinalRefusal,
    ...options,
  }).ended;
}

interface Both {
  readonly client: TestStream;
  readonly server: TestStream;
  readonly ends: { readonly client: Promise<LinkEnd>; readonly server: Promise<LinkEnd> };
  /** The client will not come back. */
  readonly loseAll: () => void;
  readonly wires: {
    readonly client: WebSocketLink;
    readonly server: WebSocketLink;
    readonly carried: { up: number; down: number };
  }[];
}

/** A client and a server; their n-th link breaks as the n-th cut says, and the last one not at all. */
function connectBoth(cuts: readonly Cut[], replayLimit?: number): Both {
  const [client, server] = [testStream(), testStream()];
  const graces = new Set<() => void>();
  const schedule: Schedule = (delay, callback) => {
    if (delay !== GRACE) return soon(delay, callback);
    graces.add(callback);
    return () => graces.delete(callback);
  };
  const sessions = createSessions({ schedule, replayLimit });
  const wires: Both['wires'] = [];
  const nextWire = (): ReturnType<typeof simulateWire> => {
    const wire = simulateWire(cuts[wires.length] ?? NO_CUT);
    wires.push(wire);
    return wire;
  };
  const first = nextWire();
  const redial = (sid: string, received: number): Promise<WebSocketLink> => {
    const wire = nextWire();
    if (sessions.attach(wire.server, sid, received)) return Promise.resolve(wire.client);
    return Promise.reject(new RefusedUpgrade(410, 'gone', 'connect again'));
  };
  const serverEnd = sessions.carry(first.server, server.stream);
  const clientEnd = carryResumable(first.client, client.stream, { redial, schedule: soon, replayLimit });
  const loseAll = (): void => graces.forEach((callback) => callback());
  return { client, server, ends: { client: clientEnd, server: serverEnd }, loseAll, wires };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const UP = randomPayload(100);
const DOWN = randomPayload(90);

async function exchange(cuts: readonly Cut[]): Promise<Both> {
  const both = connectBoth(cuts);
  both.client.input.write(UP.subarray(0, 60));
  both.server.input.write(DOWN.subarray(0, 30));
  both.client.input.write(UP.subarray(60));
  both.server.input.write(DOWN.subarray(30));
  await expect.poll(() => [both.server.received(), both.client.received()], { interval: 0 }).toEqual([UP, DOWN]);
  both.server.input.end();
  expect(await both.ends.client).toEqual({ how: 'clean' });
  expect(both.client.log).toEqual(['finished']);
  await turn();
  // If the client's very last frame was cut, the server cannot know that all is well.
  both.loseAll();
  expect((await both.ends.server).how).toMatch(/clean|failed/);
  return both;
}

test('a cut behind every single byte of an exchange, in either direction: frame headers, command headers, data', async () => {
  const { wires } = await exchange([]);
  const { up, down } = wires[0]?.carried ?? { up: 0, down: 0 };
  expect(up).toBeGreaterThan(100);
  expect(down).toBeGreaterThan(90);
  // Without CONNECT_SUCCESS the client has no id to reconnect with; once it has all of it, it can.
  const greeting = 2 + 6 + 43;
  for (let bytes = greeting; bytes < down; bytes++) await exchange([{ up: Infinity, down: bytes }]);
  for (let bytes = 1; bytes < up; bytes++) await exchange([{ up: bytes, down: Infinity }]);
});

test('any data, any cuts: what arrives is what was sent', async () => {
  const chunks = fc.array(fc.nat(80_000), { maxLength: 8 });
  const cut = fc.record({ up: fc.integer({ min: 60, max: 60_000 }), down: fc.integer({ min: 60, max: 60_000 }) });
  await fc.assert(
    fc.asyncProperty(chunks, chunks, fc.array(cut, { maxLength: 8 }), async (ups, downs, cuts) => {
      const both = connectBoth(cuts, 64 * 1024);
      const [up, down] = [ups, downs].map((lengths) => lengths.map((length) => randomPayload(length)));
      for (const chunk of up ?? []) both.client.input.write(chunk);
      for (const chunk of down ?? []) both.server.input.write(chunk);
      const [allUp, allDown] = [Buffer.concat(up ?? []), Buffer.concat(down ?? [])];
      const arrived = (): number[] => [both.server.received().length, both.client.received().length];
      await expect.poll(arrived, { interval: 0 }).toEqual([allUp.length, allDown.length]);
      both.client.input.end();
      expect(await both.ends.server).toEqual({ how: 'clean' });
      expect(sha256(both.server.received())).toBe(sha256(allUp));
      expect(sha256(both.client.received())).toBe(sha256(allDown));
    }),
    { numRuns: 40 },
  );
});

test('a server that is away: the client waits longer each time, and then gives up', async () => {
  const clock = testClock();
  const { client, server } = simulateWire();
  const sessions = createSessions({ schedule: clock.schedule });
  const { stream, log } = testStream();
  const serverEnd = sessions.carry(server, testStream().stream);
  const redial = vi.fn(() => Promise.reject(new BridgeError('TCP connect', EXIT.unavailable, 'refused', 'wait')));
  const end = carryResumable(client, stream, {
    redial,
    schedule: clock.schedule,
    now: clock.now,
    random: () => 0.5,
    retryFor: 60_000,
  });
  await expect.poll(() => server.bufferedAmount).toBe(0);
  await turn();
  client.terminate();
  await turn();
  const attempts: number[] = [];
  for (let time = 0; time < 60_000; time += 50) {
    const before = redial.mock.calls.length;
    clock.advance(50);
    await turn();
    if (redial.mock.calls.length > before) attempts.push(clock.now());
  }
  clock.advance(100_000);
  expect(await end).toMatchObject({ how: 'failed', error: { message: 'the server was away for too long' } });
  expect(log).toEqual(['aborted']);
  // 150 ms, 300 ms, and so on up to 7.5 s between two.
  expect(attempts.slice(0, 4)).toEqual([150, 450, 1050, 2250]);
  const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(7_600);
  server.terminate();
  await turn();
  clock.advance(GRACE);
  expect((await serverEnd).how).toBe('failed');
});

test('two ends of ours agree on long arrays: once a link has carried some, what is written at once is one message', async () => {
  const { client, server, wires } = connectBoth([]);
  const lengths = { up: [] as number[], down: [] as number[] };
  wires[0]?.server.on('message', (message: Buffer) => lengths.up.push(message.length));
  wires[0]?.client.on('message', (message: Buffer) => lengths.down.push(message.length));
  // The greeting, the offer, its answer.
  await expect.poll(() => [lengths.down.length, lengths.up.length], { interval: 0 }).toEqual([2, 1]);
  const payload = randomPayload(600_000);
  const received = (): number[] => [server.received().length, client.received().length];
  for (const { input } of [client, server]) input.write(payload);
  await expect.poll(received, { interval: 0 }).toEqual([600_000, 600_000]);
  // The acknowledgements.
  await turn();
  for (const { input } of [client, server]) input.write(payload.subarray(0, 200_000));
  await expect.poll(received, { interval: 0 }).toEqual([800_000, 800_000]);
  expect([Math.max(...lengths.up), Math.max(...lengths.down)]).toEqual([200_006, 200_006]);
});

test('a client that waits for its next try goes on when it is told to', async () => {
  const clock = testClock();
  const { client, server } = simulateWire();
  const serverEnd = createSessions({ schedule: clock.schedule }).carry(server, testStream().stream);
  const waiting = new Set<() => void>();
  const onWait = (goOn: () => void): (() => void) => {
    waiting.add(goOn);
    return () => waiting.delete(goOn);
  };
  const redial = vi.fn(() => Promise.reject(new RefusedUpgrade(410, 'gone', 'connect again')));
  const end = carryResumable(client, testStream().stream, { redial, onWait, schedule: clock.schedule, now: clock.now });
  await expect.poll(() => server.bufferedAmount).toBe(0);
  await turn();
  client.terminate();
  await turn();
  expect([waiting.size, redial.mock.calls.length]).toEqual([1, 0]);
  for (const goOn of waiting) goOn();
  expect((await end).how).toBe('failed');
  // Not once more when its time comes.
  clock.advance(60_000);
  expect([waiting.size, redial.mock.calls.length]).toEqual([0, 1]);
  server.terminate();
  await turn();
  clock.advance(GRACE);
  await serverEnd;
});

test('a client whose stream is gone while it waits for its next try waits no more', async () => {
  const pending = new Set<() => void>();
  const schedule: Schedule = (_delay, callback) => {
    pending.add(callback);
    return () => pending.delete(callback);
  };
  const { client, server } = simulateWire();
  void createSessions({ schedule: soon }).carry(server, testStream().stream);
  const { stream, input } = testStream();
  const waiting = new Set<() => void>();
  const onWait = (goOn: () => void): (() => void) => {
    waiting.add(goOn);
    return () => waiting.delete(goOn);
  };
  const redial = vi.fn(() => Promise.reject(new Error('unused')));
  const end = carryResumable(client, stream, { redial, onWait, schedule });
  await expect.poll(() => server.bufferedAmount).toBe(0);
  await turn();
  client.terminate();
  await turn();
  expect([waiting.size, pending.size]).toEqual([1, 1]);
  input.destroy();
  expect((await end).how).toBe('failed');
  expect([waiting.size, pending.size]).toEqual([0, 0]);
});

test('a server that has forgotten the session: the client ends at once', async () => {
  const { client, server } = simulateWire();
  const { stream } = testStream();
  void createSessions({ schedule: soon }).carry(server, testStream().stream);
  const redial = vi.fn(() => Promise.reject(new RefusedUpgrade(410, 'gone', 'connect again')));
  const end = carryResumable(client, stream, { redial, schedule: soon });
  await turn();
  await turn();
  client.terminate();
  expect(await end).toMatchObject({ how: 'failed', error: { exitCode: EXIT.refused } });
  expect(redial).toHaveBeenCalledTimes(1);
});

test('a server that agrees and cuts each link at once: the client waits longer each time, and then gives up', async () => {
  const clock = testClock();
  const sessions = createSessions({ schedule: clock.schedule });
  const cutting = (wire: ReturnType<typeof simulateWire>): WebSocketLink => {
    setImmediate(() => setImmediate(() => wire.client.terminate()));
    return wire.client;
  };
  const first = simulateWire();
  void sessions.carry(first.server, testStream().stream);
  const redial = vi.fn((sid: string, received: number) => {
    const wire = simulateWire();
    sessions.attach(wire.server, sid, received);
    return Promise.resolve(cutting(wire));
  });
  let isOver = false;
  const times = { schedule: clock.schedule, now: clock.now, random: () => 0.5, retryFor: 60_000 };
  const end = carryResumable(first.client, testStream().stream, { redial, ...times }).finally(() => (isOver = true));
  await turn();
  await turn();
  first.client.terminate();
  for (let time = 0; time < 70_000 && !isOver; time += 50) {
    clock.advance(50);
    for (let count = 0; count < 4; count++) await turn();
  }
  expect(isOver).toBe(true);
  expect(await end).toMatchObject({ how: 'failed', error: { message: 'the server was away for too long' } });
  expect(redial.mock.calls.length).toBeLessThan(20);
});

test('an ssh that ends while the server is away is not waited for', async () => {
  const clock = testClock();
  const { client, server } = simulateWire();
  void createSessions({ schedule: clock.schedule }).carry(server, testStream().stream);
  const { stream, input } = testStream();
  const redial = vi.fn(() => Promise.reject(new BridgeError('TCP connect', EXIT.unavailable, 'refused', 'wait')));
  let isOver = false;
  const times = { schedule: clock.schedule, now: clock.now, random: () => 0.5, retryFor: 300_000 };
  void carryResumable(client, stream, { redial, ...times }).then(() => (isOver = true));
  await turn();
  await turn();
  client.terminate();
  await turn();
  input.end();
  for (let time = 0; time < 30_000 && !isOver; time += 100) {
    clock.advance(100);
    await turn();
  }
  expect(isOver).toBe(true);
});

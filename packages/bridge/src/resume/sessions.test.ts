/** SSH Relay v4 by its rules: positions, takeover, bounds, and what is a fault. */
import { getEventListeners, once } from 'node:events';
import { expect, test } from 'vitest';
import {
  simulateWire,
  testClock,
  testStream,
  type TestClock,
  type TestStream,
  type Wire,
} from '../testing/simulated-link.js';
import { randomPayload } from '../testing/sockets.js';
import type { LinkEnd } from '../link-end.js';
import {
  encodeAck,
  encodeData,
  encodeLongArrays,
  encodeReconnectSuccess,
  LONG_ARRAY_LENGTH,
} from '../relay-v4/commands.js';
import { createSessions, GRACE, type Sessions, type SessionsOptions } from './sessions.js';

const hex = (command: Uint8Array): string => Buffer.from(command).toString('hex');
const FRAME = { binary: true, compress: false } as const;
const KIB = 1024;

interface Peer {
  readonly wire: Wire;
  /** What our side has sent, as hexadecimal. */
  readonly commands: string[];
  readonly closed: Promise<number>;
}

/** The far end of a wire, played by the test. */
function peerOn(wire: Wire): Peer {
  const commands: string[] = [];
  wire.client.on('message', (message) => commands.push(message.toString('hex')));
  const closed = new Promise<number>((resolve) => wire.client.on('close', resolve));
  wire.client.resume();
  return { wire, commands, closed };
}

interface Opened {
  readonly sessions: Sessions;
  readonly clock: TestClock;
  readonly peer: Peer;
  readonly target: TestStream;
  readonly end: Promise<LinkEnd>;
  readonly sid: string;
}

async function open(options: SessionsOptions = {}): Promise<Opened> {
  const clock = testClock();
  const sessions = createSessions({ schedule: clock.schedule, ...options });
  const target = testStream();
  const peer = peerOn(simulateWire());
  const end = sessions.carry(peer.wire.server, target.stream);
  await turns();
  const greeting = Buffer.from(peer.commands.shift() ?? '', 'hex');
  expect(greeting.subarray(0, 6).toString('hex')).toBe('00010000002b');
  return { sessions, clock, peer, target, end, sid: greeting.toString('latin1', 6) };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}

test('CONNECT_SUCCESS comes first, with an id of 256 random bits; DATA follows', async () => {
  const { peer, target, sid } = await open();
  expect(sid).toMatch(/^[\w-]{43}$/);
  target.input.write('abc');
  peer.wire.client.send(encodeData(Buffer.from('xyz')), FRAME);
  await turns();
  expect(peer.commands).toEqual(['000400000003616263']);
  expect(target.received().toString()).toBe('xyz');
});

test('64 KiB of received bytes are acknowledged at once, fewer after a moment', async () => {
  const { peer, clock } = await open();
  peer.wire.client.send(encodeData(Buffer.alloc(10)), FRAME);
  await turns();
  expect(peer.commands).toEqual([]);
  clock.advance(250);
  await turns();
  expect(peer.commands).toEqual([hex(encodeAck(10))]);
  for (let count = 0; count < 4; count++) peer.wire.client.send(encodeData(Buffer.alloc(16 * KIB)), FRAME);
  await turns();
  expect(peer.commands[1]).toBe(hex(encodeAck(10 + 64 * KIB)));
});

test('if both accept long arrays, only 512 KiB are acknowledged at once', async () => {
  const { peer } = await open();
  peer.wire.client.send(encodeLongArrays(), FRAME);
  await turns();
  expect(peer.commands).toEqual([hex(encodeLongArrays())]);
  for (let count = 0; count < 7; count++) peer.wire.client.send(encodeData(Buffer.alloc(64 * KIB)), FRAME);
  await turns();
  expect(peer.commands.slice(1)).toEqual([]);
  peer.wire.client.send(encodeData(Buffer.alloc(64 * KIB)), FRAME);
  await turns();
  expect(peer.commands.slice(1)).toEqual([hex(encodeAck(512 * KIB))]);
});

test('after a reconnect both state their positions, and exactly the missing bytes are repeated', async () => {
  const { sessions, peer, target, sid } = await open();
  target.input.write('0123456789');
  peer.wire.client.send(encodeData(Buffer.from('xyz')), FRAME);
  await turns();
  peer.wire.client.terminate();
  peer.wire.server.terminate();
  await turns();
  expect(sessions.waiting).toBe(1);
  const next = peerOn(simulateWire());
  expect(sessions.attach(next.wire.server, sid, 7)).toBe(true);
  await turns();
  expect(next.commands).toEqual([hex(encodeReconnectSuccess(3)), hex(encodeData(Buffer.from('789')))]);
  expect(sessions.waiting).toBe(0);
});

test('a session has one live link: a reconnect takes over, and later input of the old link is ignored', async () => {
  const { sessions, peer, target, sid } = await open();
  const next = peerOn(simulateWire());
  expect(sessions.attach(next.wire.server, sid, 0)).toBe(true);
  peer.wire.client.send(encodeData(Buffer.from('old')), FRAME);
  // Including what was already read from it.
  peer.wire.server.emit('message', Buffer.from(encodeData(Buffer.from('older'))), true);
  next.wire.client.send(encodeData(Buffer.from('new')), FRAME);
  await turns();
  expect(peer.wire.server.readyState).toBe(3);
  expect(target.received().toString()).toBe('new');
});

test.each([
  ['beyond what was sent', 11],
  ['behind what was acknowledged', 3],
])('a reconnect that acknowledges %s ends the session', async (_name, received) => {
  const { sessions, peer, target, sid, end } = await open();
  target.input.write('0123456789');
  peer.wire.client.send(encodeAck(4), FRAME);
  await turns();
  const next = peerOn(simulateWire());
  expect(sessions.attach(next.wire.server, sid, received)).toBe(false);
  expect(await end).toMatchObject({ how: 'failed', error: { name: 'ResumeFault' } });
  expect(target.log).toEqual(['aborted']);
  expect(sessions.has(sid)).toBe(false);
});

const text = (value: string): Buffer => Buffer.from(value);
const FAULTS: readonly (readonly [string, Uint8Array])[] = [
  ['an ACK beyond what was sent', encodeAck(1)],
  ['an ACK above 2^53', Buffer.from('00070020000000000000', 'hex')],
  ['a short ACK', Buffer.from('000700', 'hex')],
  ['a DATA array longer than its message', Buffer.from('0004000000024142', 'hex').subarray(0, -1)],
  ['a DATA array shorter than its message', Buffer.from('000400000001414243', 'hex')],
  ['a DATA without a length', Buffer.from('000400', 'hex')],
  ['CONNECT_SUCCESS from a client', Buffer.from('00010000000141', 'hex')],
  ['RECONNECT_SUCCESS from a client', encodeReconnectSuccess(0)],
  ['a LONG_ARRAYS with a field', Buffer.from('4e4300', 'hex')],
  ['an empty message', Buffer.alloc(0)],
];

test.each(FAULTS)('%s: Close 1002, the target is cut off', async (_name, message) => {
  const { peer, target, end } = await open();
  peer.wire.client.send(message, FRAME);
  expect(await end).toMatchObject({ how: 'failed', error: { name: 'ResumeFault' } });
  expect(await peer.closed).toBe(1002);
  expect(target.log).toEqual(['aborted']);
});

test('a text frame: Close 1002; an array over 264 KiB: Close 1009', async () => {
  const first = await open();
  first.peer.wire.client.send('hello', { ...FRAME, binary: false });
  expect(await first.peer.closed).toBe(1002);
  const second = await open();
  second.peer.wire.client.send(encodeData(Buffer.alloc(LONG_ARRAY_LENGTH + 1)), FRAME);
  expect(await second.peer.closed).toBe(1009);
  expect((await second.end).how).toBe('failed');
});

test('what a stream reads in one turn of the event loop is one command', async () => {
  const { peer, target } = await open();
  for (const word of ['one ', 'and ', 'two']) target.input.write(word);
  await turns();
  expect(peer.commands).toEqual([hex(encodeData(Buffer.from('one and two')))]);
});

test('arrays have at most 16 KiB until the peer takes long ones, and on each link no more than it has carried', async () => {
  const { sessions, peer, target, sid } = await open();
  const lengths = async (commands: readonly string[]): Promise<readonly number[]> => {
    const before = commands.length;
    target.input.write(Buffer.alloc(40 * KIB));
    await turns();
    return commands.slice(before).map((command) => command.length / 2 - 6);
  };
  expect(await lengths(peer.commands)).toEqual([16 * KIB, 16 * KIB, 8 * KIB]);
  const said = peer.commands.length;
  peer.wire.client.send(encodeLongArrays(), FRAME);
  peer.wire.client.send(encodeLongArrays(), FRAME);
  await turns();
  expect(peer.commands.slice(said)).toEqual([hex(encodeLongArrays())]);
  expect(await lengths(peer.commands)).toEqual([16 * KIB, 16 * KIB, 8 * KIB]);
  peer.wire.client.send(encodeAck(30 * KIB), FRAME);
  await turns();
  expect(await lengths(peer.commands)).toEqual([30 * KIB, 10 * KIB]);
  peer.wire.client.send(encodeAck(120 * KIB), FRAME);
  await turns();
  expect(await lengths(peer.commands)).toEqual([40 * KIB]);
  const next = peerOn(simulateWire());
  expect(sessions.attach(next.wire.server, sid, 130 * KIB)).toBe(true);
  await turns();
  expect(next.commands.map((command) => command.length / 2 - 6).slice(1)).toEqual([16 * KIB, 14 * KIB]);
  next.wire.client.send(encodeAck(160 * KIB), FRAME);
  await turns();
  expect(await lengths(next.commands)).toEqual([30 * KIB, 10 * KIB]);
});

test('unknown commands are ignored', async () => {
  const { peer, target } = await open();
  peer.wire.client.send(Buffer.from('00ff0102', 'hex'), FRAME);
  peer.wire.client.send(encodeData(text('on')), FRAME);
  await turns();
  expect(target.received().toString()).toBe('on');
});

test('a full replay buffer pauses its source, with a link and without one, until acknowledgements make room', async () => {
  const { peer, target } = await open({ replayLimit: 256 * KIB });
  const source = target.input;
  void (async () => {
    for (let count = 0; count < 64; count++) if (!source.write(randomPayload(16 * KIB))) await once(source, 'drain');
  })();
  await turns();
  const sent = (): number => peer.commands.reduce((sum, command) => sum + command.length / 2 - 6, 0);
  expect(source.isPaused()).toBe(true);
  expect(sent()).toBeLessThan(256 * KIB + 64 * KIB);
  let position = sent();
  while (position < 1024 * KIB) {
    peer.wire.client.send(encodeAck(position), FRAME);
    await turns();
    expect(sent()).toBeGreaterThan(position);
    position = sent();
  }
  expect(position).toBe(1024 * KIB);
});

test('a source that was paused goes on with the first room there is', async () => {
  const { peer, target } = await open({ replayLimit: 64 * KIB });
  target.input.write(Buffer.alloc(64 * KIB));
  await turns();
  expect(target.input.isPaused()).toBe(true);
  peer.wire.client.send(encodeAck(16 * KIB), FRAME);
  await turns();
  expect(target.input.isPaused()).toBe(false);
});

test('a slow target pauses the link', async () => {
  const { peer, target } = await open();
  target.output.pause();
  for (let count = 0; count < 40; count++) peer.wire.client.send(encodeData(Buffer.alloc(16 * KIB)), FRAME);
  await turns();
  expect(peer.wire.server.isPaused).toBe(true);
  target.output.resume();
  await turns();
  expect(peer.wire.server.isPaused).toBe(false);
});

test('EOF of the target: the remaining bytes, then Close 1000, even over another link', async () => {
  const { sessions, peer, target, sid, end } = await open();
  peer.wire.client.terminate();
  peer.wire.server.terminate();
  target.input.end('last words');
  await turns();
  const next = peerOn(simulateWire());
  sessions.attach(next.wire.server, sid, 0);
  expect(await next.closed).toBe(1000);
  expect(next.commands[1]).toBe(hex(encodeData(text('last words'))));
  expect(await end).toEqual({ how: 'clean' });
});

test('a target that is cut off: Close 4000, and the session is gone', async () => {
  const { sessions, peer, target, sid, end } = await open();
  target.input.destroy(new Error('reset'));
  expect(await peer.closed).toBe(4000);
  expect(await end).toMatchObject({ how: 'failed', error: { message: 'reset' } });
  expect(sessions.has(sid)).toBe(false);
});

test.each([
  ['that has said something', GRACE, 'hello'],
  ['that has said nothing, and may not know its id', 10_000, ''],
])('a client %s does not come back within its grace time', async (_name, grace, said) => {
  const { sessions, clock, peer, target, sid, end } = await open();
  peer.wire.client.send(encodeData(Buffer.from(said)), FRAME);
  await turns();
  peer.wire.server.terminate();
  await turns();
  clock.advance(grace - 1);
  expect(sessions.has(sid)).toBe(true);
  clock.advance(1);
  expect(sessions.has(sid)).toBe(false);
  expect((await end).how).toBe('failed');
  expect(target.log).toEqual(['aborted']);
});

test('too many sessions without a client: the one that waits longest makes room', async () => {
  const clock = testClock();
  const sessions = createSessions({ schedule: clock.schedule, maxWaiting: 2 });
  const ends: Promise<LinkEnd>[] = [];
  const targets = [testStream(), testStream(), testStream()];
  for (const target of targets) {
    const wire = simulateWire();
    ends.push(sessions.carry(wire.server, target.stream));
    wire.server.terminate();
    await turns();
  }
  expect((await ends[0])?.how).toBe('failed');
  expect(targets.map(({ log }) => log.length)).toEqual([1, 0, 0]);
  expect(sessions.waiting).toBe(2);
});

test('all links of a gateway may break in the same moment, and only those that hold too much together are let go', async () => {
  const clock = testClock();
  const sessions = createSessions({ schedule: clock.schedule, maxHeld: 100 * KIB });
  const targets = Array.from({ length: 300 }, () => testStream());
  const wires = targets.map(() => simulateWire());
  targets.forEach(({ stream }, index) => void sessions.carry((wires[index] as Wire).server, stream));
  await turns();
  for (const { input } of targets.slice(0, 2)) input.write(randomPayload(60 * KIB));
  await turns();
  for (const { server } of wires) server.terminate();
  await turns();
  expect(targets.slice(0, 3).map(({ log }) => log)).toEqual([['aborted'], [], []]);
  expect(sessions.waiting).toBe(299);
});

test('while a session has no link its target is not read, so the held bytes do not grow', async () => {
  const { sessions, peer, target, sid } = await open();
  peer.wire.server.terminate();
  await turns();
  target.input.write(randomPayload(10 * KIB));
  await turns();
  expect(target.input.isPaused()).toBe(true);
  const next = peerOn(simulateWire());
  sessions.attach(next.wire.server, sid, 0);
  await turns();
  expect(next.commands.map((command) => command.length / 2)).toEqual([10, 6 + 10 * KIB]);
});

test('an invented id attaches nothing', async () => {
  const { sessions } = await open();
  expect(sessions.has('A'.repeat(43))).toBe(false);
  expect(sessions.attach(simulateWire().server, 'A'.repeat(43), 0)).toBe(false);
});

test('a session that is over is forgotten, and listens to nothing any more', async () => {
  const stop = new AbortController();
  const sessions = createSessions();
  const { server, client } = simulateWire();
  const { stream } = testStream();
  const end = sessions.carry(server, stream, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  client.resume();
  client.close(1000);
  expect(await end).toEqual({ how: 'clean' });
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

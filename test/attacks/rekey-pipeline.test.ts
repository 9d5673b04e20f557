/** RFC 4253 §7.1: what a client sends before it knows of our rekey is legal, however much it is; what it keeps from us is not. */
import { expect, test } from 'vitest';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject, turn, type Subject } from './raw-peer.js';
import { dialMemory } from './wire.js';

const KEEPALIVE = [str('keepalive@openssh.com'), [1]] as const;

function rekey({ server }: Subject): void {
  server.connections[0]!.rekey();
}

/** Messages that its engine has handled. */
function handled({ server }: Subject): number {
  const [connection] = server.connections;
  return connection instanceof LiveConnection ? connection.engine!.messagesReceived : 0;
}

/** Counts messages of one number from an index on. */
function count({ received }: RawPeer, number: number, from = 0): number {
  return received.slice(from).filter((payload) => payload[0] === number).length;
}

test.each([
  ['as sent', 300],
  ['byte by byte', 100],
] as const)('requests into our rekey, sent %s, are answered, in order: %d of them', async (delivery, requests) => {
  const under = await subject();
  const peer = await new RawPeer(under.server, { delivery }).echo();
  const from = peer.received.length;
  peer.stall();
  rekey(under);
  await settle();
  for (let index = 0; index < requests; index += 1) {
    peer.send([80], ...KEEPALIVE);
    // Unknown: the number of its packet comes back.
    if (index % 50 === 0) peer.send([200]);
    if (index % 50 === 25) peer.send([192], str(`ping ${index}`));
  }
  await settle();
  peer.read();
  await peer.until(() => count(peer, 82, from) === requests && count(peer, 193, from) === requests / 50, 'all answers');
  const unknown = peer.received.slice(from).filter((payload) => payload[0] === 3);
  const numbers = unknown.map((payload) => new DataView(payload.buffer, payload.byteOffset).getUint32(1));
  expect(numbers.map((number) => number - numbers[0]!)).toEqual(numbers.map((_, index) => 52 * index));
  const answers = peer.received.slice(from).map((payload) => payload[0]);
  expect(answers.filter((number) => number === 82 || number === 193).indexOf(193)).toBe(26);
  await peer.echoes('and on it goes');
  await peer.rekey();
  await peer.echoes('and on');
  peer.close();
  await settle();
  await expectWell(under);
});

test('data between the requests keeps its place', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).echo();
  const from = peer.received.length;
  peer.stall();
  rekey(under);
  await settle();
  const before = handled(under);
  const sent: string[] = [];
  for (let index = 0; index < 200; index += 1) {
    peer.send([80], ...KEEPALIVE);
    peer.send([94, 0, 0, 0, 0], str(`${index};`));
    sent.push(`${index};`);
  }
  await settle();
  // What would have to be answered is not done before its answer may be sent.
  expect(handled(under) - before).toBeGreaterThan(64);
  expect(handled(under) - before).toBeLessThan(140);
  peer.read();
  const echoed = (): string =>
    peer.received
      .slice(from)
      .filter((payload) => payload[0] === 94)
      .map((payload) => new TextDecoder().decode(payload.subarray(9)))
      .join('');
  await peer.until(() => echoed().length >= sent.join('').length, 'the echo');
  expect(echoed()).toBe(sent.join(''));
  peer.close();
  await settle();
  await expectWell(under);
});

test('what was put off comes before what the client sends behind its NEWKEYS', async () => {
  const under = await subject();
  const link = dialMemory(under.server);
  const write = link.write.bind(link);
  const kept: Uint8Array[] = [];
  const peer = await new RawPeer(link).echo();
  const from = peer.received.length;
  peer.stall();
  rekey(under);
  await settle();
  for (let index = 0; index < 100; index += 1) peer.send([80], ...KEEPALIVE);
  peer.send([94, 0, 0, 0, 0], str('first, '));
  peer.before(31, () => {
    link.write = (chunk) => {
      kept.push(chunk);
      return true;
    };
  });
  peer.read();
  await peer.until(() => peer.transport.exchanges === 2, 'the rekey');
  peer.send([94, 0, 0, 0, 0], str('second'));
  link.write = write;
  peer.raw(concat(...kept));
  await peer.until(() => count(peer, 94, from) === 2, 'the echo');
  const echoed = peer.received.slice(from).filter((payload) => payload[0] === 94);
  expect(echoed.map((payload) => new TextDecoder().decode(payload.subarray(9))).join('')).toBe('first, second');
  peer.close();
  await settle();
  await expectWell(under);
});

test('a rekey may follow at once on one that put requests off', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).echo();
  const from = peer.received.length;
  for (let round = 1; round <= 3; round += 1) {
    const { exchanges } = peer.transport;
    peer.stall();
    rekey(under);
    await settle();
    for (let index = 0; index < 100; index += 1) peer.send([80], ...KEEPALIVE);
    peer.read();
    await peer.until(() => peer.transport.exchanges === exchanges + 1, 'a rekey');
    rekey(under);
    await peer.until(() => peer.transport.exchanges === exchanges + 2, 'the next rekey');
    await peer.until(() => count(peer, 82, from) === 100 * round, 'all answers');
  }
  peer.close();
  await settle();
  await expectWell(under);
});

test.each([
  ['small requests', 0, 9000],
  ['large pings', 32_000, 200],
] as const)('W34 who never answers our KEXINIT and sends %s is ended, and grows no memory', async (_, size, most) => {
  const under = await subject();
  const peer = await new RawPeer(under.server, { leavesExchange: 'later' }).echo();
  rekey(under);
  await settle();
  let sent = 0;
  for (; sent < 20_000 && peer.end === undefined; sent += 1) {
    if (size === 0) peer.send([80], ...KEEPALIVE);
    else peer.send([192], str(new Uint8Array(size)));
    if (sent % 20 === 0) await turn();
  }
  // 64 wait for their answers' turn, and 2 MiB, overhead included, for theirs.
  expect(sent).toBeLessThan(most);
  expect(peer.end).toBe(12);
  expect([count(peer, 82), count(peer, 193)]).toEqual([0, 0]);
  peer.close();
  await settle();
  await expectWell(under);
});

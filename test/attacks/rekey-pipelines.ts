/** RFC 4253 §7.1: what a client sends before it knows of our rekey is legal, however much it is; what it withholds from us is not. */
import type { ByteLink } from '@nacre/core';
import { describe, expect, test } from 'vitest';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject, turn, type RawOptions, type Subject } from './raw-peer.js';
import { exchangesBegun, exchangesEnded } from './rekeys.js';
import { eventually, heldBytes } from './subject.js';
import { memory, type Carrier, type Delivery } from './wire.js';

const KEEPALIVE = [str('keepalive@openssh.com'), [1]] as const;

/** A peer with an echo, and the link that it writes to. */
interface Scene {
  readonly under: Subject;
  readonly peer: RawPeer;
  readonly link: ByteLink;
  /** All is over, and a legal login follows. */
  end(): Promise<void>;
}

async function scene(carrier: Carrier, options: RawOptions = {}): Promise<Scene> {
  const under = await subject();
  const reach = await carrier.serve(under.server);
  const link = await reach.dial(options);
  const peer = await new RawPeer(link, options).echo();
  const end = async (): Promise<void> => {
    peer.close();
    await eventually(() => under.server.connections.length === 0, 'the end');
    await reach.close();
    await expectWell(under, carrier);
  };
  return { under, peer, link, end };
}

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

/** The text that came over the channel, from an index on. */
function echoed({ received }: RawPeer, from: number): string {
  const chunks = received.slice(from).filter((payload) => payload[0] === 94);
  return chunks.map((payload) => new TextDecoder().decode(payload.subarray(9))).join('');
}

/** So many answers wait for their turn; what would need another is not handled. */
const HELD = 64;

/** Does not read while the server begins a rekey, and sends into it. @returns once the server has put something off. */
async function sendInto({ under, peer }: Scene, send: () => void): Promise<void> {
  peer.stall();
  rekey(under);
  const before = handled(under);
  send();
  await eventually(() => handled(under) - before >= HELD, 'requests that come');
  await settle();
}

async function answersInOrder(carrier: Carrier, delivery: Delivery, requests: number): Promise<void> {
  const stage = await scene(carrier, { delivery });
  const { peer } = stage;
  const from = peer.received.length;
  await sendInto(stage, () => {
    for (let index = 0; index < requests; index += 1) {
      peer.send([80], ...KEEPALIVE);
      // Unknown: the number of its packet comes back.
      if (index % 50 === 0) peer.send([200]);
      if (index % 50 === 25) peer.send([192], str(`ping ${index}`));
    }
  });
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
  await stage.end();
}

async function dataKeepsItsPlace(carrier: Carrier): Promise<void> {
  const stage = await scene(carrier);
  const { under, peer } = stage;
  const from = peer.received.length;
  const before = handled(under);
  const sent = Array.from({ length: 200 }, (_, index) => `${index};`);
  await sendInto(stage, () => {
    for (const text of sent) {
      peer.send([80], ...KEEPALIVE);
      peer.send([94, 0, 0, 0, 0], str(text));
    }
  });
  // What would have to be answered is not done before its answer may be sent.
  await eventually(() => handled(under) - before > HELD, 'data between the requests');
  expect(handled(under) - before).toBeLessThan(140);
  peer.read();
  await peer.until(() => echoed(peer, from).length >= sent.join('').length, 'the echo');
  expect(echoed(peer, from)).toBe(sent.join(''));
  await stage.end();
}

async function whatWasPutOffComesFirst(carrier: Carrier): Promise<void> {
  const stage = await scene(carrier);
  const { peer, link } = stage;
  const write = link.write.bind(link);
  const kept: Uint8Array[] = [];
  const from = peer.received.length;
  await sendInto(stage, () => {
    for (let index = 0; index < 100; index += 1) peer.send([80], ...KEEPALIVE);
    peer.send([94, 0, 0, 0, 0], str('first, '));
  });
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
  expect(echoed(peer, from)).toBe('first, second');
  await stage.end();
}

async function rekeyUponRekey(carrier: Carrier): Promise<void> {
  const stage = await scene(carrier);
  const { under, peer } = stage;
  const from = peer.received.length;
  for (let round = 1; round <= 3; round += 1) {
    await sendInto(stage, () => {
      for (let index = 0; index < 100; index += 1) peer.send([80], ...KEEPALIVE);
    });
    peer.read();
    await peer.until(() => exchangesEnded(under) === 2 * round, 'a rekey');
    rekey(under);
    await peer.until(() => exchangesEnded(under) === 2 * round + 1, 'the next rekey');
    await peer.until(() => count(peer, 82, from) === 100 * round, 'all answers');
  }
  await stage.end();
}

/** For answers that wait, overhead included, and as much again for what came and is not handled. */
const MAXIMUM_HELD = 4 * 1024 * 1024;

async function neverAnswers(carrier: Carrier, size: number, most: number): Promise<void> {
  const stage = await scene(carrier, { leavesExchange: 'later' });
  const { under, peer } = stage;
  rekey(under);
  let sent = 0;
  for (; sent < most && peer.end === undefined; sent += 1) {
    if (size === 0) peer.send([80], ...KEEPALIVE);
    else peer.send([192], str(new Uint8Array(size)));
    if (sent % 20 !== 0) continue;
    await turn();
    expect(heldBytes(under)).toBeLessThan(MAXIMUM_HELD);
  }
  await peer.until(() => peer.end !== undefined, 'the end');
  // What a network had under way beyond what is discarded after DISCONNECT may take that away.
  expect(carrier === memory ? [12] : [12, 'closed']).toContain(peer.end);
  expect([count(peer, 82), count(peer, 193)]).toEqual([0, 0]);
  await stage.end();
}

/** Hours without a byte from a machine that sleeps in the middle of its rekey: nothing of ours waits for it. */
async function sleeps(carrier: Carrier): Promise<void> {
  const stage = await scene(carrier);
  const { under, peer } = stage;
  peer.stall();
  peer.transport.rekey();
  peer.flush();
  await eventually(() => exchangesBegun(under) === 2, 'the rekey');
  await settle();
  for (let minute = 0; minute < 600; minute += 1) under.clock.advance(60_000);
  await settle();
  expect(under.server.connections.length).toBe(1);
  peer.read();
  await peer.until(() => peer.transport.exchanges === 2, 'the rekey');
  await peer.echoes('good morning');
  await stage.end();
}

export function checkRekeyPipelines(carriers: readonly Carrier[]): void {
  describe.each(carriers.map((carrier) => [carrier.name, carrier] as const))(
    'F: requests into a rekey over %s',
    (_name, carrier) => {
      test.each([
        ['as sent', 300],
        ['in one block', 300],
        ['byte by byte', 100],
      ] as const)('requests into our rekey, sent %s, are answered, in order: %d of them', (delivery, requests) =>
        answersInOrder(carrier, delivery, requests),
      );

      test('data between the requests keeps its place', () => dataKeepsItsPlace(carrier));

      test('what was put off comes before what the client sends behind its NEWKEYS', () =>
        whatWasPutOffComesFirst(carrier));

      test('a rekey may follow at once on one that put requests off', () => rekeyUponRekey(carrier));

      test.each([
        ['small requests', 0, carrier === memory ? 9000 : 20_000],
        ['large pings', 32_000, carrier === memory ? 200 : 1500],
      ] as const)('W34 who never answers our KEXINIT and sends %s is ended, and grows no memory', (_what, size, most) =>
        neverAnswers(carrier, size, most),
      );

      test('W34 a peer that begins a rekey and then sleeps for hours, while nothing waits for it, may go on', () =>
        sleeps(carrier));
    },
  );
}

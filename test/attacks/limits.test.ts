/** Group Q: limits and timeouts. */
import { smallMemoryLimits, type LogRecord } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { describe, expect, test } from 'vitest';
import { checkCases, expectWell, password } from './case.js';
import { graceCases, smallMemoryCases } from './cases/limits.js';
import { bytes, str } from './bytes.js';
import { RawPeer } from './raw-peer.js';
import { eventually, heldBytes, settle, subject, type Subject } from './subject.js';

checkCases('Q: time', graceCases);
checkCases('Q: small memory', smallMemoryCases);

const from = (under: Subject, remoteAddress: string): RawPeer => new RawPeer(under.server, { remoteAddress });

async function leave(under: Subject, peers: readonly RawPeer[]): Promise<void> {
  for (const peer of peers) peer.close();
  await settle();
  // Those that are told to go have a second to do so.
  under.clock.advance(1000);
  await settle();
}

test('small memory: answers that nobody reads stay within the budget', async () => {
  const budget = 128 * 1024;
  const under = await subject({ limits: smallMemoryLimits(budget) });
  const [near, far] = memoryLinks({ peer: { remoteAddress: '127.0.8.1' } });
  let isStuck = false;
  void under.server.accept({
    open: (receiver) => far.open(receiver),
    write: (chunk) => far.write(chunk) && !isStuck,
    pause: () => far.pause(),
    resume: () => far.resume(),
    end: () => far.end(),
    destroy: () => far.destroy(),
  });
  const peer = await new RawPeer(near).login();
  isStuck = true;
  let most = 0;
  for (let index = 0; index < 300; index += 1) {
    peer.send([192], str('y'.repeat(1000)));
    await settle();
    most = Math.max(most, heldBytes(under));
  }
  expect(most).toBeGreaterThan(16 * 1024);
  expect(most).toBeLessThanOrEqual(budget / 2);
  peer.close();
  await settle();
  await expectWell(under);
});

describe('W40 (e), (f), (g): places', () => {
  test('101 connections that do nothing: there are never more than 100, and a legal login comes in at once', async () => {
    const under = await subject();
    const peers = Array.from({ length: 101 }, (_, index) => from(under, `127.0.1.${1 + (index % 11)}`));
    await settle();
    expect(under.server.stats.unauthenticated).toBeLessThanOrEqual(100);
    expect(peers.filter(({ end }) => end === 12).length).toBeGreaterThan(0);
    const legal = await from(under, '127.0.9.1').login();
    legal.close();
    await leave(under, peers);
    await expectWell(under);
  });

  test('101 without early drop: one is told that there are too many, and a legal login comes in at once', async () => {
    const under = await subject({ limits: { earlyDrop: { from: 100, rate: 1 } } });
    const peers = Array.from({ length: 100 }, (_, index) => from(under, `127.0.1.${1 + (index % 11)}`));
    await settle();
    peers.push(from(under, '127.0.1.2'));
    await settle();
    expect(peers.filter(({ end }) => end !== undefined).map(({ end }) => end)).toEqual([12]);
    expect(under.server.stats.unauthenticated).toBe(100);
    const legal = await from(under, '127.0.9.1').login();
    legal.close();
    await leave(under, peers);
    await expectWell(under);
  });

  test('eleven from one /64: one is refused, another prefix is served', async () => {
    const under = await subject();
    const peers = Array.from({ length: 11 }, (_, index) => from(under, `2001:db8:0:1::${index}`));
    const other = from(under, '2001:db8:0:2::1');
    await settle();
    expect(peers.map(({ end }) => end)).toEqual([...Array.from({ length: 10 }, () => undefined), 12]);
    expect(other.end).toBe(undefined);
    await leave(under, [...peers, other]);
    await expectWell(under);
  });

  test('one that is reset gives its place back at once', async () => {
    const under = await subject({ limits: { unauthenticatedFromSource: 1 } });
    const first = await from(under, '127.0.1.1').exchange();
    first.close();
    await settle();
    expect(under.server.stats.unauthenticated).toBe(0);
    const second = await from(under, '127.0.1.1').login();
    second.close();
    await expectWell(under);
  });

  test('a flood of those who are told to go costs a bounded number of them at once', async () => {
    const under = await subject({ limits: { unauthenticatedFromSource: 1 } });
    const peers = Array.from({ length: 500 }, () => from(under, '127.0.1.1'));
    await settle();
    const ends = peers.map(({ end }) => end);
    expect([ends.filter((end) => end === 12).length, ends.filter((end) => end === 'closed').length]).toEqual([32, 467]);
    await leave(under, peers);
    await expectWell(under);
  });
});

describe('penalties', () => {
  const refused = async (under: Subject, address: string): Promise<boolean> => {
    const peer = from(under, address);
    await settle();
    const isRefused = peer.end === 'closed' && peer.heard.length === 0;
    await leave(under, [peer]);
    return isRefused;
  };

  test('who does not speak ssh is let in twice, then not for a while; others are', async () => {
    const under = await subject();
    for (let index = 0; index < 2; index += 1) {
      const peer = from(under, '127.0.2.1');
      peer.raw(bytes('GET / HTTP/1.1\r\n\r\n'));
      await eventually(() => peer.end !== undefined, 'the end');
      peer.close();
      await settle();
    }
    expect([await refused(under, '127.0.2.1'), await refused(under, '127.0.2.2')]).toEqual([true, false]);
    under.clock.advance(20_000);
    expect(await refused(under, '127.0.2.1')).toBe(false);
    await expectWell(under);
  });

  test('who guesses passwords is not let in for a while, and a login from there before that goes on', async () => {
    const under = await subject();
    const inside = await from(under, '127.0.2.1').echo();
    for (let index = 0; index < 3; index += 1) {
      const peer = await from(under, '127.0.2.1').requestService();
      await peer.ask(51, password('guest', `guess ${index}`));
      peer.close();
      await settle();
    }
    expect(await refused(under, '127.0.2.1')).toBe(true);
    await inside.echoes('still here');
    inside.close();
    under.clock.advance(20_000);
    await expectWell(under);
  });

  test('a login costs nothing, whatever becomes of the connection, and neither does a displaced one', async () => {
    const under = await subject({ limits: { unauthenticated: 2, earlyDrop: { from: 2, rate: 1 } } });
    for (let index = 0; index < 40; index += 1) {
      const peer = await from(under, '127.0.2.1').login();
      peer.send([200]);
      await peer.fence();
      peer.close();
      await settle();
    }
    const displaced = [from(under, '127.0.2.3'), from(under, '127.0.2.3')];
    await settle();
    displaced.push(from(under, '127.0.2.4'));
    await settle();
    expect(displaced.filter(({ end }) => end === 12).length).toBe(1);
    expect(under.server.stats.offences).toEqual({});
    await leave(under, displaced);
    await expectWell(under);
  });
});

const never = (): Promise<never> => new Promise(() => undefined);

describe('a hook that never settles costs its own connection only', () => {
  const isMine = (address: string | undefined): boolean => address === '127.0.3.1';
  test.each([
    [
      'connection',
      { connection: (peer: { readonly remoteAddress?: string }) => (isMine(peer.remoteAddress) ? never() : undefined) },
    ],
    ['password', { password: never }],
    ['methods', { methods: ({ user }: { readonly user: string }) => (user === 'slow' ? never() : ['password']) }],
  ])('%s: it ends at the login grace, and others log in meanwhile', async (name, hooks) => {
    const under = await subject({ hooks });
    const slow = from(under, '127.0.3.1');
    if (name !== 'connection') {
      await slow.requestService();
      slow.send(password('slow', 'x'));
    }
    await settle();
    for (let index = 0; index < 5; index += 1) {
      const peer = await from(under, '127.0.3.2').login();
      peer.close();
      await settle();
    }
    expect(slow.end).toBe(undefined);
    under.clock.advance(30_000);
    await eventually(() => slow.end !== undefined, 'the end of the slow one');
    await leave(under, [slow]);
    await expectWell(under);
  });

  test('command: the session is refused after 30 s, and others are served meanwhile', async () => {
    let asked = 0;
    const under = await subject({ hooks: { command: () => ((asked += 1) === 1 ? never() : undefined) } });
    const slow = await from(under, '127.0.3.1').login();
    await slow.ask(91, [90], bytes('\0\0\0\u0007session\0\0\0\0\0\u0020\0\0\0\0\u0080\0'));
    const answer = slow.receives(100);
    slow.send([98], bytes('\0\0\0\0\0\0\0\u0005shell\u0001'));
    await settle();
    const other = await from(under, '127.0.3.2').echo();
    await other.echoes('meanwhile');
    under.clock.advance(30_000);
    await answer;
    expect(slow.end).toBe(undefined);
    await leave(under, [slow, other]);
    await expectWell(under);
  });
});

test('a flood of refused connections: 99 in a hundred honest logins come in, and the log has a line a second', async () => {
  const under = await subject();
  let isIn = 0;
  const flood: RawPeer[] = [];
  for (let index = 0; index < 100; index += 1) {
    // Twelve sources with ten places each, and as many again for whom there is no room.
    for (let count = 0; count < 24; count += 1) flood.push(from(under, `127.0.4.${1 + (count % 12)}`));
    const honest = from(under, `127.0.5.${1 + index}`);
    try {
      await honest.login();
      isIn += 1;
    } catch {
      // It is missing from `isIn`.
    }
    honest.close();
    for (const peer of flood.splice(0, Math.max(0, flood.length - 150))) peer.close();
    await settle();
  }
  expect(isIn).toBeGreaterThanOrEqual(99);
  const refusals = under.log.filter(({ message }: LogRecord) => message.startsWith('refused'));
  expect(refusals.length).toBe(1);
  expect(under.server.stats.refused + under.server.stats.penalised).toBeGreaterThan(100);
  expect(under.server.stats.unauthenticated).toBeLessThanOrEqual(100);
  await leave(under, flood);
  under.clock.advance(600_000);
  await expectWell(under);
});

test('a peer that goes on sending behind our DISCONNECT is let go', async () => {
  const under = await subject();
  const [near, far] = memoryLinks({ peer: { remoteAddress: '127.0.6.1' } });
  let isEnded = false;
  near.open({ chunk: () => undefined, end: () => (isEnded = true), drain: () => undefined });
  void under.server.accept(far);
  near.write(bytes('no ssh\r\n'));
  await settle();
  for (let index = 0; index < 6; index += 1) {
    near.write(new Uint8Array(64 * 1024));
    await settle();
  }
  expect([isEnded, under.server.connections.length]).toEqual([true, 0]);
  await expectWell(under);
});

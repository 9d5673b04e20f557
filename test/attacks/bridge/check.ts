/** Plays the rows of G to a bridge, in this process or launched, and asserts what must hold after each of them. */
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { Cleanup } from '../../interop/processes.js';
import { bridgeCases, type BridgeCase } from './cases.js';
import { BINARY, bearer, CLOSE, frame, RawVisitor, requestText, upgradeHeaders } from './raw-visitor.js';
import type { Bridge, Launch } from './subject.js';

export function checkBridgeCases(launch: Launch): void {
  const shared = new Map<string, Promise<Bridge>>();
  const undo: Parameters<Cleanup>[0][] = [];
  // Here, for what a test asks of `afterAll` is never done.
  afterAll(async () => {
    await Promise.all(undo.map((each) => each()));
  });
  const bridgeFor = (one: BridgeCase): Promise<Bridge> => {
    const { profile = {}, status = [] } = one;
    // A source that has failed too often is not listened to, which is a case of its own.
    if (status.includes(401)) return launch(onTestFinished, profile);
    const key = JSON.stringify(profile);
    const bridge = shared.get(key) ?? launch((each) => void undo.push(each), profile);
    shared.set(key, bridge);
    return bridge;
  };
  test.each(bridgeCases.map((one) => [one.row, one.name, one] as const))('%s: %s', async (_row, _name, one) => {
    const bridge = await bridgeFor(one);
    for (const delivery of ['one block', 'byte by byte'] as const) await play(one, bridge, delivery);
    await expectWell(one, bridge);
  });
  test('G04: a ticket: used, for another path, of another launch', () => checkTickets(launch));
  test('G05: compression is offered and not agreed to', () => checkCompression(launch));
  test('G08: who somebody says to be counts for nothing', () => checkForwarded(launch));
}

/** Longer blocks are not cut into bytes: it would take long and show nothing more. */
const LONGEST_CUT = 2_000;

async function play(one: BridgeCase, bridge: Bridge, delivery: 'one block' | 'byte by byte'): Promise<void> {
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  const before = bridge.reached.length;
  const block = Buffer.concat(one.says(bridge).map((bytes) => Buffer.from(bytes)));
  if (delivery === 'one block' || block.length > LONGEST_CUT) visitor.send(block);
  else {
    visitor.socket.setNoDelay(true);
    for (const byte of block) visitor.send(Buffer.of(byte));
  }
  const answer = await (one.code === undefined ? visitor.response() : visitor.end());
  expect(one.status ?? []).toContain(answer.status);
  if (one.code !== undefined) expect(one.code).toContain(answer.code);
  if (one.reaches === undefined) expect(bridge.reached).toHaveLength(before);
  const { token } = bridge;
  if (token !== '') expect(answer.text).not.toContain(token);
  visitor.socket.destroy();
}

/** A following visitor who does everything right is served, and no secret was written anywhere. */
async function expectWell({ profile = {} }: BridgeCase, bridge: Bridge): Promise<void> {
  const said = await bridge.said();
  if (bridge.token !== '') expect(said).not.toContain(bridge.token);
  if (profile.isListed) return;
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  visitor.send(requestText([...upgradeHeaders(bridge), bearer(bridge.token)]));
  expect((await visitor.response()).status).toBe(101);
  visitor.send(frame({ first: BINARY, payload: Buffer.from('still here') }));
  await visitor.hears('still here');
  visitor.send(frame({ first: CLOSE, payload: Buffer.from('03e8', 'hex') }));
  expect((await visitor.end()).code).toBe(1000);
}

async function checkTickets(launch: Launch): Promise<void> {
  const profile = { allowOrigins: ['https://good.test'] };
  const [bridge, other] = [await launch(onTestFinished, profile), await launch(onTestFinished, profile)];
  const ask = await RawVisitor.come(onTestFinished, bridge);
  ask.send(requestText([['Host', bridge.host], bearer(bridge.token)], '/ticket', 'POST'));
  const { text } = await ask.end();
  const ticket = /"ticket":"([\w-]{43})"/.exec(text)?.[1] ?? '';
  const show = async (at: Bridge, path: string): Promise<number> => {
    const visitor = await RawVisitor.come(onTestFinished, at);
    const page = [
      ['Origin', 'https://good.test'],
      ['Sec-WebSocket-Protocol', `binary, nacre.ticket.${ticket}`],
    ] as const;
    visitor.send(requestText([...upgradeHeaders(at), ...page], path));
    const answer = await visitor.response();
    expect(answer.text).not.toContain(ticket);
    return answer.status;
  };
  expect([
    await show(other, '/'),
    await show(bridge, '/other'),
    await show(bridge, '/'),
    await show(bridge, '/'),
  ]).toEqual([401, 401, 101, 401]);
  expect(await bridge.said()).not.toContain(ticket);
}

async function checkCompression(launch: Launch): Promise<void> {
  const bridge = await launch(onTestFinished, { token: false });
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  const offer = ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'] as const;
  visitor.send(requestText([...upgradeHeaders(bridge), offer]));
  const { status, head } = await visitor.response();
  expect([status, head.toLowerCase().includes('extensions')]).toEqual([101, false]);
}

const CLAIMS = ['X-Forwarded-For', 'CF-Connecting-IP', 'Forwarded', 'X-Real-IP', 'True-Client-IP'] as const;
/** More than are needed to be listened to no more. */
const TRIES = 25;

async function checkForwarded(launch: Launch): Promise<void> {
  const bridge = await launch(onTestFinished, {});
  const statuses: number[] = [];
  for (let round = 0; round < TRIES; round++) {
    const address = `203.0.113.${round}`;
    const claims = CLAIMS.map((name) => [name, name === 'Forwarded' ? `for=${address}` : address] as const);
    const visitor = await RawVisitor.come(onTestFinished, bridge);
    visitor.send(requestText([...upgradeHeaders(bridge), bearer('wrong'), ...claims]));
    statuses.push((await visitor.response()).status);
  }
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  expect(await bridge.said()).not.toContain('203.0.113.');
}

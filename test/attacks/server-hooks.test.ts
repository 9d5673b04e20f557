/** Hooks that see messages as they are on the wire: `message`, `globalRequest` and `service`. Their answers reach no further than they may. */
import { accept, reject, reply, type Hooks, type MessageContext } from '@nacre/core';
import { describe, expect, test } from 'vitest';
import { concat, RawPeer, settle, str, subject, uint32 } from './raw-peer.js';
import { expectWell } from './case.js';

const utf8 = new TextEncoder();
const none = (user = 'guest'): Uint8Array => concat([50], str(user), str('ssh-connection'), str('none'));
const global = (name: string, wantReply = 1): Uint8Array => concat([80], str(name), [wantReply], str('data'));
const kinds = (peer: RawPeer): number[] => peer.received.map((payload) => payload[0]!);

describe('globalRequest: names that are not known here', () => {
  const rows: readonly (readonly [string, Hooks['globalRequest'] & object, readonly number[]])[] = [
    ['reply', () => reply(Uint8Array.of(1, 2)), [81, 1, 2]],
    ['accept', () => accept, [81]],
    ['no opinion', () => undefined, [82]],
    ['reject', () => reject('no'), [82]],
    ['a throw', () => Promise.reject(new Error('no')), [82]],
  ];
  test.each(rows)('%s', async (_name, globalRequest, answer) => {
    const seen: unknown[] = [];
    const hook: Hooks['globalRequest'] & object = (request) => {
      seen.push(request.name, request.wantReply, request.fields.length);
      return globalRequest(request);
    };
    const under = await subject({ hooks: { globalRequest: hook } });
    const peer = await new RawPeer(under.server).login();
    await settle();
    const before = peer.received.length;
    peer.send(global('a@x'));
    peer.send(global('b@x', 0));
    peer.send([80], str('keepalive@openssh.com'), [1]);
    await settle();
    expect(peer.received.slice(before).map((payload) => [...payload])).toEqual([answer, [82]]);
    expect(seen).toEqual(['a@x', true, 8, 'b@x', false, 8]);
    peer.close();
    await expectWell(under);
  });

  test('answers keep the order of what was asked, however long a hook thinks', async () => {
    const waiting: (() => void)[] = [];
    const under = await subject({
      hooks: {
        globalRequest: async ({ name }) => {
          if (name === 'slow@x') await new Promise<void>((resolve) => waiting.push(resolve));
          return reply(utf8.encode(name));
        },
      },
    });
    const peer = await new RawPeer(under.server).login();
    await settle();
    const before = peer.received.length;
    peer.send(global('slow@x'));
    peer.send(global('fast@x'));
    await settle();
    expect(peer.received.length).toBe(before);
    waiting.shift()!();
    await settle();
    const answers = peer.received.slice(before).map((payload) => new TextDecoder().decode(payload.subarray(1)));
    expect(answers).toEqual(['slow@x', 'fast@x']);
    peer.close();
  });
});

describe('message', () => {
  /** A server whose hook answers by number, and what it has seen. */
  async function tapped(answer: (context: MessageContext) => ReturnType<Hooks['message'] & object>) {
    const seen: string[] = [];
    const under = await subject({
      hooks: {
        message: (context) => {
          const { kind, number, fields } = context;
          seen.push(`${kind} ${number} ${Object.keys(fields).join()}`);
          return answer(context);
        },
      },
    });
    return { under, seen };
  }

  test('sees every message that the gate lets through, with its kind and fields', async () => {
    const { under, seen } = await tapped(() => undefined);
    const peer = await new RawPeer(under.server).echo();
    await peer.echoes('x');
    peer.send([2], str('x'));
    peer.send([80], str('keepalive@openssh.com'), [1]);
    await settle();
    const rows = [
      'transport 20 cookie,',
      'transport 30 ',
      'transport 21 ',
      'service 5 serviceName',
      'auth 50 userName,serviceName,methodName,methodFields',
      'open 90 channelType,',
      'channel 98 recipientChannel,requestType,wantReply,requestFields',
      'channel 94 recipientChannel,data',
      'transport 2 data',
      'global 80 requestName,wantReply,requestFields',
    ];
    for (const row of rows) expect(seen.filter((line) => line.startsWith(row)).length, row).toBeGreaterThan(0);
    peer.close();
    await settle();
  });

  test('what the gate stops it never sees', async () => {
    const { under, seen } = await tapped(() => accept);
    const peer = await new RawPeer(under.server).requestService();
    peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    await settle();
    expect(peer.end).toBe(2);
    expect(seen.filter((line) => line.includes(' 90'))).toEqual([]);
  });

  test('1 to 49 can be looked at only: to say that they are handled, to refuse or to throw changes nothing', async () => {
    for (const answer of [() => accept, () => reject('no')]) {
      const { under } = await tapped(({ number }) => (number < 50 ? answer() : undefined));
      const peer = await new RawPeer(under.server).echo();
      await peer.echoes('still');
      await peer.rekey();
      await peer.echoes('works');
      peer.close();
      await settle();
    }
    const { under } = await tapped(({ number }) => {
      if (number < 50) throw new Error('no');
    });
    const peer = await new RawPeer(under.server).echo();
    await peer.echoes('works');
    peer.close();
    await settle();
  });

  test('nothing that it says logs anybody in', async () => {
    const { under } = await tapped(({ number, reply: send }) => {
      if (number !== 50) return undefined;
      expect(() => send(Uint8Array.of(52))).toThrow('may not send message 52');
      return accept;
    });
    const peer = await new RawPeer(under.server).requestService();
    peer.send(none());
    await settle();
    expect(kinds(peer).includes(52)).toBe(false);
    expect(under.calls.includes('none')).toBe(false);
    peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    await settle();
    expect(peer.end).toBe(2);
  });

  test.each([0, 1, 5, 6, 7, 20, 21, 30, 49, 52, 128, 192, 255])('it may not send message %d', async (number) => {
    const faults: string[] = [];
    const { under } = await tapped(({ number: got, reply: send }) => {
      if (got === 50) {
        try {
          send(Uint8Array.of(number));
        } catch (error) {
          faults.push((error as Error).name);
        }
      }
    });
    const peer = await new RawPeer(under.server).login();
    expect(faults).toEqual(['ConfigurationError']);
    peer.close();
    await settle();
  });

  test('what it has handled goes no further, and its own answer is sent', async () => {
    const { under } = await tapped(({ number, fields, reply: send }) => {
      if (number !== 80 || fields['requestName'] !== 'mine@x') return undefined;
      send(concat([81], utf8.encode('yes')));
      return accept;
    });
    const peer = await new RawPeer(under.server).login();
    const answer = await peer.ask(81, global('mine@x'));
    expect(new TextDecoder().decode(answer.subarray(1))).toBe('yes');
    peer.close();
    await expectWell(under);
  });

  test.each([
    ['reject', () => reject('no')],
    [
      'a throw',
      (): never => {
        throw new Error('no');
      },
    ],
  ] as const)('%s refuses that request, in its own words', async (_name, refuse) => {
    const refused = new Set<number>();
    const { under } = await tapped(({ number }) => (refused.has(number) ? refuse() : undefined));
    const peer = await new RawPeer(under.server).requestService();
    refused.add(50);
    expect([...(await peer.ask(51, none()))]).toEqual([51, 0, 0, 0, 0, 0]);
    refused.clear();
    await peer.ask(52, none());
    refused.add(80).add(90);
    await peer.ask(82, global('keepalive@openssh.com'));
    peer.send(global('quiet@x', 0));
    const failure = await peer.ask(92, [90], str('session'), uint32(7), uint32(2 ** 21), uint32(2 ** 15));
    expect([...failure.subarray(1, 9)]).toEqual([0, 0, 0, 7, 0, 0, 0, 1]);
    refused.clear();
    await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    refused.add(98);
    await peer.ask(100, [98], uint32(0), str('exec'), [1], str('cat'));
    expect(under.calls.includes('session')).toBe(false);
    refused.clear();
    await peer.ask(99, [98], uint32(0), str('exec'), [1], str('cat'));
    await peer.echoes('after all');
    peer.close();
    await settle();
  });

  test('a fault of the hook with bytes that cannot be decoded leaves the judgement to the engine', async () => {
    const { under } = await tapped(() => undefined);
    const peer = await new RawPeer(under.server).login();
    peer.send([98], uint32(0));
    await settle();
    expect(peer.end).toBe(2);
  });
});

test('service: refused, it is DISCONNECT 7, and nothing of a login is asked', async () => {
  const under = await subject({ hooks: { service: () => reject('not now') } });
  const peer = await new RawPeer(under.server).exchange();
  peer.send([5], str('ssh-userauth'));
  peer.send(none());
  await settle();
  expect(peer.end).toBe(7);
  expect(under.calls.filter((call) => call !== 'sign')).toEqual(['service']);
});

test('service: asked for time and again, it ends the connection', async () => {
  const under = await subject({ hooks: { service: () => accept } });
  const peer = await new RawPeer(under.server).exchange();
  for (let count = 0; count < 65; count += 1) peer.send([5], str('ssh-userauth'));
  await settle();
  expect(peer.end).toBe(undefined);
  peer.send([5], str('ssh-userauth'));
  await settle();
  expect(peer.end).toBe(14);
  expect(under.calls.filter((call) => call === 'service').length).toBe(65);
});

test('a hook that never settles ends with the login grace, and costs its own connection only', async () => {
  const under = await subject({ hooks: { account: () => new Promise<never>(() => undefined) } });
  const peer = await new RawPeer(under.server).requestService();
  peer.send(none('alice'));
  await settle();
  under.clock.advance(29_000);
  await settle();
  expect(peer.end).toBe(undefined);
  under.clock.advance(1_100);
  await settle();
  expect(peer.end).toBe(11);
  peer.close();
  await settle();
  expect(under.server.connections.length).toBe(0);
});

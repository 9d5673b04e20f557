import type { ByteLink, Peer } from '@nacre/core';
import { FakeWebSocket, ManualClock } from '@nacre/core/testing';
import { expect, test } from 'vitest';
import { hostInTab, type HostOptions, type HostState } from './host-in-tab.js';

const TICKET = 'T'.repeat(43);

interface Stage {
  readonly sockets: FakeWebSocket[];
  readonly states: HostState[];
  readonly accepted: { readonly peer: Peer | undefined; readonly over: () => void }[];
  readonly clock: ManualClock;
  readonly host: ReturnType<typeof hostInTab>;
  settle(): Promise<void>;
}

function stage(options: Partial<HostOptions> = {}): Stage {
  const sockets: FakeWebSocket[] = [];
  const states: HostState[] = [];
  const accepted: { peer: Peer | undefined; over: () => void }[] = [];
  const clock = new ManualClock();
  const server = {
    accept: (_link: ByteLink, peer?: Peer) =>
      new Promise<void>((resolve) => {
        accepted.push({ peer, over: resolve });
      }),
  };
  const host = hostInTab(server, {
    relay: 'ws://localhost:8022/host',
    token: 'secret',
    clock,
    onState: (state) => states.push(state),
    createSocket: (url, protocols) => {
      const socket = new FakeWebSocket(url.href, protocols);
      sockets.push(socket);
      return socket;
    },
    ...options,
  });
  return { sockets, states, accepted, clock, host, settle: () => new Promise((resolve) => setImmediate(resolve)) };
}

function registers(socket: FakeWebSocket | undefined): void {
  socket?.opens();
  socket?.receives(JSON.stringify({ type: 'registered', sshPort: 2223, linkTimeout: 10_000, maxLinks: 200 }));
}

function announces(socket: FakeWebSocket | undefined, fields: object = {}): void {
  const peer = { address: '127.0.0.1', port: 51_432 };
  socket?.receives(JSON.stringify({ type: 'connection', ticket: TICKET, peer, ...fields }));
}

test('registers with the token as a subprotocol, never in the address', async () => {
  const { sockets, states, settle } = stage();
  await settle();
  expect(sockets[0]?.url).toBe('ws://localhost:8022/host');
  expect(sockets[0]?.protocols).toEqual(['nacre.host.v1', 'nacre.token.secret']);
  registers(sockets[0]);
  expect(states).toEqual([{ phase: 'connecting' }, { phase: 'registered', sshPort: 2223 }]);
});

test('dials one WebSocket back for each connection and hands it to the server with its peer', async () => {
  const { sockets, accepted, host, settle } = stage();
  await settle();
  registers(sockets[0]);
  announces(sockets[0]);
  expect(sockets[1]?.url).toBe('ws://localhost:8022/link');
  expect(sockets[1]?.protocols).toEqual(['nacre.link.v1', `nacre.ticket.${TICKET}`]);
  expect(host.links).toBe(1);
  expect(accepted).toHaveLength(0);
  sockets[1]?.opens();
  expect(accepted[0]?.peer).toEqual({ remoteAddress: '127.0.0.1', remotePort: 51_432 });
  expect(host.links).toBe(1);
  accepted[0]?.over();
  await settle();
  expect(host.links).toBe(0);
});

test('where the relay keeps sessions, links are those of SSH Relay v4: one that breaks is followed by another', async () => {
  const { sockets, accepted, clock, settle } = stage();
  await settle();
  sockets[0]?.opens();
  sockets[0]?.receives(JSON.stringify({ type: 'registered', sshPort: 2223, resume: 'v4' }));
  announces(sockets[0]);
  expect(sockets[1]?.url).toBe('ws://localhost:8022/v4/connect');
  expect(sockets[1]?.protocols).toEqual(['ssh', `nacre.ticket.${TICKET}`]);
  sockets[1]?.opens();
  await settle();
  expect(accepted).toHaveLength(1);
  // CONNECT_SUCCESS with the id "abc".
  sockets[1]?.receives(Uint8Array.of(0, 1, 0, 0, 0, 3, 0x61, 0x62, 0x63));
  sockets[1]?.ends(1006);
  clock.advance(200);
  expect([sockets[2]?.url, sockets[2]?.protocols]).toEqual(['ws://localhost:8022/v4/reconnect?sid=abc&ack=0', ['ssh']]);
});

test.each([
  ['of plain bytes', undefined],
  ['that can be resumed', 'v4'],
])('a link %s that breaks before it has opened is dialled once more, with the same ticket', async (_name, resume) => {
  const { sockets, accepted, host, settle } = stage();
  await settle();
  sockets[0]?.opens();
  sockets[0]?.receives(JSON.stringify({ type: 'registered', sshPort: 2223, resume }));
  announces(sockets[0]);
  sockets[1]?.ends(1006);
  await settle();
  expect(sockets[2]?.protocols).toEqual(sockets[1]?.protocols);
  sockets[2]?.ends(1006);
  await settle();
  expect(sockets).toHaveLength(3);
  expect([host.links, accepted.length]).toEqual([0, 0]);
  announces(sockets[0]);
  sockets[3]?.opens();
  await settle();
  sockets[3]?.ends(1000);
  await settle();
  expect(sockets).toHaveLength(4);
});

test('has at most 200 links, whatever the relay announces', async () => {
  const { sockets, accepted, settle } = stage();
  await settle();
  registers(sockets[0]);
  for (let count = 0; count < 250; count += 1) announces(sockets[0]);
  for (const socket of sockets.slice(1)) socket.opens();
  expect(accepted).toHaveLength(200);
});

test.each([
  ['a ticket that is no ticket', { ticket: 'x, nacre.other' }],
  ['no ticket', { ticket: undefined }],
  ['an unknown type', { type: 'future' }],
])('ignores %s', async (_name, fields) => {
  const { sockets, accepted, settle } = stage();
  await settle();
  registers(sockets[0]);
  announces(sockets[0], fields);
  sockets[0]?.receives('not json');
  sockets[0]?.receives('null');
  sockets[0]?.receives(Uint8Array.of(1));
  expect(accepted).toHaveLength(0);
});

test('shows no address that is none', async () => {
  const { sockets, accepted, settle } = stage();
  await settle();
  registers(sockets[0]);
  announces(sockets[0], { peer: { address: '<img onerror=1>', port: -1 } });
  sockets[1]?.opens();
  expect(accepted[0]?.peer).toEqual({});
});

test('comes back with growing pauses and a fresh token when the relay goes away', async () => {
  let tokens = 0;
  const { sockets, states, clock, settle } = stage({ token: () => `token${(tokens += 1)}` });
  await settle();
  registers(sockets[0]);
  sockets[0]?.ends(1001);
  expect(states.at(-1)).toEqual({ phase: 'waiting', delay: 500 });
  clock.advance(500);
  await settle();
  expect(sockets[1]?.protocols[1]).toBe('nacre.token.token2');
  sockets[1]?.ends(1006);
  expect(states.at(-1)).toEqual({ phase: 'waiting', delay: 1000 });
  for (let tries = 2; tries < 12; tries += 1) {
    clock.advance(20_000);
    await settle();
    sockets[tries]?.ends(1006);
  }
  expect(states.at(-1)).toEqual({ phase: 'waiting', delay: 15_000 });
  clock.advance(15_000);
  await settle();
  registers(sockets.at(-1));
  sockets.at(-1)?.ends(1006);
  expect(states.at(-1)).toEqual({ phase: 'waiting', delay: 500 });
});

test('tries again where the token cannot be had', async () => {
  const { states, settle } = stage({ token: () => Promise.reject(new Error('no relay')) });
  await settle();
  expect(states.at(-1)).toEqual({ phase: 'waiting', delay: 500 });
});

test('a replaced tab does not register again by itself', async () => {
  const { sockets, states, clock, settle } = stage();
  await settle();
  registers(sockets[0]);
  sockets[0]?.ends(4001);
  clock.advance(60_000);
  await settle();
  expect(states.at(-1)).toEqual({ phase: 'replaced' });
  expect(sockets).toHaveLength(1);
});

test('closing ends the registration for good, also while it waits for the next try', async () => {
  const stop = new AbortController();
  const { sockets, states, clock, settle } = stage({ signal: stop.signal });
  await settle();
  registers(sockets[0]);
  stop.abort();
  expect(sockets[0]?.closed).toEqual({ code: 1000 });
  sockets[0]?.ends(1000);
  clock.advance(60_000);
  await settle();
  expect(states.at(-1)).toEqual({ phase: 'closed' });
  expect(sockets).toHaveLength(1);
});

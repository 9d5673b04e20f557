/** A WebSocket of the web that outlives its connections: at a gateway, with real ones; at a silent one, with the clock moved. */
import { createHash } from 'node:crypto';
import { FakeWebSocket } from '@nacre/core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { ask, bearer, startGateway, type TestGateway } from '../testing/gateway.js';
import { testClock } from '../testing/simulated-link.js';
import { MIB, randomPayload, sha256 } from '../testing/sockets.js';
import { systemSchedule } from './clock.js';
import { encodeAck, encodeConnectSuccess, encodeData, encodeReconnectSuccess } from './commands.js';
import { ResumableWebSocket } from './web-socket.js';

const ORIGIN = 'https://page.test';
/** In ms: a shorter time is one between attempts. */
const SECOND = 1000;

interface Dialled {
  readonly socket: ResumableWebSocket;
  /** The connections below, in order. */
  readonly links: WebSocket[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly opened: Promise<void>;
}

/** Connects as a page does, with a ticket from the program behind it. `change` may change the URLs that it reconnects to. */
async function dial(gateway: TestGateway, change: (url: URL) => void = () => undefined): Promise<Dialled> {
  const { body } = await ask(gateway.port, 'POST', '/ticket', { host: gateway.host, ...bearer(gateway.token) });
  const { ticket } = JSON.parse(body) as { readonly ticket: string };
  const links: WebSocket[] = [];
  const socket = new ResumableWebSocket(`${gateway.url}v4/connect`, {
    secrets: [`nacre.ticket.${ticket}`],
    // Nobody waits before the next attempt.
    schedule: (delay, callback) => systemSchedule(delay < SECOND ? 0 : delay, callback),
    createSocket: (url, protocols) => {
      if (links.length > 0) change(url);
      const link = new WebSocket(url, protocols, { origin: ORIGIN, perMessageDeflate: false });
      onTestFinished(() => link.terminate());
      links.push(link);
      return link;
    },
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.addEventListener('close', resolve));
  const opened = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()));
  return { socket, links, closed, opened };
}

const page = (): Promise<TestGateway> => startGateway({ allowOrigins: [ORIGIN] });

test('bytes there and back while connections are cut: what comes is what was sent, then Close 1000 on both sides', async () => {
  const gateway = await page();
  const { socket, links, opened, closed } = await dial(gateway);
  await opened;
  const payload = randomPayload(8 * MIB);
  const hash = createHash('sha256');
  let length = 0;
  let cutAt = MIB;
  socket.addEventListener('message', ({ data }) => {
    hash.update(new Uint8Array(data));
    length += data.byteLength;
    if (length < cutAt) return;
    cutAt += MIB;
    links.at(-1)?.terminate();
  });
  for (let sent = 0; sent < payload.length; sent += 64 * 1024) {
    await expect.poll(() => socket.bufferedAmount, { interval: 1 }).toBeLessThan(512 * 1024);
    socket.send(payload.subarray(sent, sent + 64 * 1024));
  }
  await expect.poll(() => length).toBe(payload.length);
  expect(hash.digest('hex')).toBe(sha256(payload));
  expect(links.length).toBeGreaterThan(4);
  socket.close(1000);
  expect(await closed).toMatchObject({ code: 1000 });
  expect([socket.readyState, gateway.totals().ended]).toEqual([3, { clean: 1, failed: 0, broken: 0 }]);
});

test('a target that ends: its last bytes, then Close 1000; one that is cut off: 4000', async () => {
  const gateway = await page();
  const ends = [
    (): unknown => gateway.reached[0]?.end('last words'),
    (): unknown => gateway.reached[1]?.resetAndDestroy(),
  ];
  const codes: number[] = [];
  let said = '';
  for (const end of ends) {
    const { socket, opened, closed } = await dial(gateway);
    socket.addEventListener('message', ({ data }) => (said += Buffer.from(data).toString()));
    await opened;
    await expect.poll(() => gateway.reached.length, { interval: 1 }).toBeGreaterThan(codes.length);
    end();
    codes.push((await closed).code);
  }
  expect([said, codes]).toEqual(['last words', [1000, 4000]]);
});

test('a page that breaks it off: the target sees a reset; before it is open nothing is left open', async () => {
  const gateway = await page();
  const first = await dial(gateway);
  await first.opened;
  await expect.poll(() => gateway.reached, { interval: 1 }).toHaveLength(1);
  first.socket.close(4000, 'gone');
  expect((await first.closed).code).toBe(4000);
  const second = await dial(gateway);
  second.socket.close(4000, 'never mind');
  expect((await second.closed).code).toBe(1006);
  await expect.poll(() => gateway.totals().ended).toEqual({ clean: 0, failed: 0, broken: 2 });
});

test('a server that has forgotten the session says so in a Close frame, and the client does not redial', async () => {
  const gateway = await page();
  const { links, opened, closed, socket } = await dial(gateway, (url) => url.searchParams.set('sid', 'forgotten'));
  await opened;
  const echoed = new Promise((resolve) => socket.addEventListener('message', resolve));
  socket.send(Buffer.from('hello'));
  await echoed;
  links[0]?.terminate();
  expect([(await closed).code, links.length]).toEqual([1008, 2]);
  expect(socket.readyState).toBe(3);
});

test('an address without a listener: an error and 1006', async () => {
  const events: string[] = [];
  const socket = new ResumableWebSocket('ws://127.0.0.1:1/v4/connect', {
    createSocket: (url, protocols) => new WebSocket(url, protocols),
  });
  socket.addEventListener('error', () => events.push('error'));
  const code = await new Promise((resolve) => socket.addEventListener('close', ({ code: given }) => resolve(given)));
  expect([events, code]).toEqual([['error'], 1006]);
});

interface Silent {
  readonly socket: ResumableWebSocket;
  readonly links: FakeWebSocket[];
  readonly clock: ReturnType<typeof testClock>;
  /** The server's side of a connection, played by the test. */
  answer(command: Uint8Array): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function silent(): Promise<Silent> {
  const clock = testClock();
  const links: FakeWebSocket[] = [];
  const socket = new ResumableWebSocket('ws://relay.test/x/v4/connect', {
    createSocket: (url, protocols) => {
      const link = new FakeWebSocket(url.href, protocols);
      links.push(link);
      return link;
    },
    schedule: clock.schedule,
    now: clock.now,
    random: () => 0.5,
  });
  const answer = async (command: Uint8Array): Promise<void> => {
    links.at(-1)?.opens();
    await turn();
    links.at(-1)?.receives(command);
    await turn();
  };
  await answer(encodeConnectSuccess('S'.repeat(43)));
  return { socket, links, clock, answer };
}

test('a connection that is dead without a word: given up after 30 s in which nothing is acknowledged, later ones after longer', async () => {
  const { socket, links, clock, answer } = await silent();
  expect(links[0]?.protocols).toEqual(['ssh']);
  clock.advance(600_000);
  expect(links).toHaveLength(1);
  socket.send(new Uint8Array([1, 2, 3]));
  clock.advance(29_999);
  await turn();
  expect(links).toHaveLength(1);
  clock.advance(1);
  await turn();
  clock.advance(150);
  expect(links[1]?.url).toBe(`ws://relay.test/x/v4/reconnect?sid=${'S'.repeat(43)}&ack=0`);
  await answer(encodeReconnectSuccess(0));
  expect(links[1]?.sent).toEqual([encodeData(new Uint8Array([1, 2, 3]))]);
  clock.advance(59_999);
  await turn();
  clock.advance(150);
  expect(links).toHaveLength(2);
  links[1]?.receives(encodeAck(3));
  clock.advance(600_000);
  await turn();
  expect(links).toHaveLength(2);
});

test('one that opens and does not greet is given up after 10 s, one that does not open too', async () => {
  const { links, clock } = await silent();
  links[0]?.ends(1006);
  clock.advance(150);
  links[1]?.opens();
  await turn();
  clock.advance(10_000);
  await turn();
  clock.advance(300);
  expect(links).toHaveLength(3);
  clock.advance(10_000);
  await turn();
  clock.advance(600);
  expect(links).toHaveLength(4);
});

/** SSH Relay v4 at the gateway: its addresses, who may come back, and to what. */
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeCommand, encodeData, type Command } from '../relay-v4/commands.js';
import { RESUME_HEADER } from '../relay-v4/relay-names.js';
import { bearer, openLink, startGateway, type TestGateway } from '../testing/gateway.js';
import { fakeTime, settlesWithin } from '../testing/faked-time.js';
import { answerOf, closeOf, tcpClient } from '../testing/sockets.js';

interface Reader {
  /** The next command that is not an acknowledgement. */
  next(): Promise<Command>;
}

function commandsOf(link: WebSocket): Reader {
  const queue: Command[] = [];
  let wake: (() => void) | undefined;
  link.on('message', (message: Buffer) => {
    const command = decodeCommand(message);
    if (command.name !== 'ACK') queue.push(command);
    wake?.();
  });
  return {
    async next() {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift() as Command;
    },
  };
}

interface Dialled {
  readonly link: WebSocket;
  readonly commands: Reader;
}

/** Listens before the answer has come: the first command may arrive together with it. */
async function dialAt(address: string, headers: Readonly<Record<string, string>>): Promise<Dialled> {
  const link = new WebSocket(address, ['ssh'], { headers, perMessageDeflate: false });
  link.on('error', () => undefined);
  onTestFinished(() => link.terminate());
  const commands = commandsOf(link);
  await once(link, 'open');
  return { link, commands };
}

async function connect(gateway: TestGateway): Promise<Dialled & { readonly sid: string }> {
  const dialled = await dialAt(`${gateway.url}v4/connect?host=ignored&port=22`, bearer(gateway.token));
  const greeting = await dialled.commands.next();
  return { ...dialled, sid: greeting.name === 'CONNECT_SUCCESS' ? greeting.sid : '' };
}

const reconnectTo = (gateway: TestGateway, sid: string, ack: number): string =>
  `${gateway.url}v4/reconnect?sid=${sid}&ack=${ack}`;

test('/v4/connect selects the subprotocol ssh; /v4/reconnect goes on with the same target connection', async () => {
  const gateway = await startGateway();
  const { link, commands, sid } = await connect(gateway);
  expect(link.protocol).toBe('ssh');
  link.send(encodeData(Buffer.from('before ')));
  expect(await commands.next()).toEqual({ name: 'DATA', data: Buffer.from('before ') });
  link.terminate();
  const { link: next, commands: more } = await dialAt(reconnectTo(gateway, sid, 3), bearer(gateway.token));
  expect(await more.next()).toEqual({ name: 'RECONNECT_SUCCESS', position: 7 });
  expect(await more.next()).toEqual({ name: 'DATA', data: Buffer.from('ore ') });
  next.send(encodeData(Buffer.from('after')));
  expect(await more.next()).toEqual({ name: 'DATA', data: Buffer.from('after') });
  expect(gateway.reached).toHaveLength(1);
  expect(gateway.totals()).toMatchObject({ open: 1, opened: 1 });
});

test('a plain address agrees by a header field, and answers it; without it bytes stay plain', async () => {
  const gateway = await startGateway();
  const agreed = new WebSocket(gateway.url, { headers: { ...bearer(gateway.token), [RESUME_HEADER]: 'v4' } });
  onTestFinished(() => agreed.terminate());
  const answered = once(agreed, 'upgrade');
  expect((await commandsOf(agreed).next()).name).toBe('CONNECT_SUCCESS');
  expect((await answered)[0].headers[RESUME_HEADER]).toBe('v4');
  const { link: plain } = await openLink(gateway.url, bearer(gateway.token));
  plain.send('x', { binary: true });
  expect(String((await once(plain, 'message'))[0])).toBe('x');
});

test('host and port name a target of the list, under the same policy as a path', async () => {
  const gateway = await startGateway({ to: undefined, allowTargets: ['localhost:1'] });
  const { link } = await openLink(`${gateway.url}v4/connect?host=127.0.0.1&port=22`, bearer(gateway.token), ['ssh']);
  expect((await closeOf(link)).code).toBe(1008);
  expect(gateway.reached).toHaveLength(0);
});

test('reconnecting: a program needs its token, a page of an allowed origin only the id; all others are refused', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const { sid } = await connect(gateway);
  const status = async (address: string, headers: Record<string, string>): Promise<number> =>
    (await openLink(address, headers, ['ssh'])).status;
  const address = reconnectTo(gateway, sid, 0);
  expect(await status(address, {})).toBe(401);
  expect(await status(address, bearer('x'))).toBe(401);
  expect(await status(address, { origin: 'https://evil.test' })).toBe(403);
  expect(await status(address, { host: 'evil.test' })).toBe(421);
  expect(await status(address, { 'sec-fetch-mode': 'websocket', ...bearer(gateway.token) })).toBe(403);
  expect(await status(address, { origin: 'https://good.test' })).toBe(101);
  expect(await status(address, { ...bearer(gateway.token) })).toBe(101);
});

test.each([
  ['an unknown id', 'sid=AAAA&ack=0', 410],
  ['no id', 'ack=0', 400],
  ['no position', 'sid=AAAA', 400],
  ['a negative position', 'sid=AAAA&ack=-1', 400],
  ['a position above 2^53', 'sid=AAAA&ack=9999999999999999', 400],
])('a reconnect with %s is answered %s: %i', async (_what, query, status) => {
  const gateway = await startGateway();
  expect((await openLink(`${gateway.url}v4/reconnect?${query}`, bearer(gateway.token))).status).toBe(status);
});

test('Security: a page that names no session is told so, and keeps the place of a visitor until it goes', async () => {
  const gateway = await startGateway({
    allowOrigins: ['https://good.test'],
    limits: { maxPending: 1, maxPendingPerSource: 1 },
  });
  const stranger = await tcpClient(gateway.port);
  stranger.write(
    `GET /v4/reconnect?sid=AAAA&ack=0 HTTP/1.1\r\nHost: ${gateway.host}\r\nOrigin: https://good.test\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  expect(String((await once(stranger, 'data'))[0])).toContain('101 Switching Protocols');
  expect(await answerOf(gateway.port)).toBe('');
});

test('a position beyond the bytes sent ends link and target', async () => {
  const gateway = await startGateway();
  const { sid } = await connect(gateway);
  const [socket] = gateway.reached;
  const targetClosed = new Promise((resolve) => socket?.once('close', resolve));
  const { link } = await openLink(reconnectTo(gateway, sid, 1), bearer(gateway.token), ['ssh']);
  expect((await closeOf(link)).code).toBe(1008);
  await targetClosed;
  expect((await openLink(reconnectTo(gateway, sid, 0), bearer(gateway.token))).status).toBe(410);
});

test('a client that does not reconnect in time: the target is cut off', async () => {
  const gateway = await startGateway({ resumeGrace: 1 });
  const { link } = await connect(gateway);
  const [socket] = gateway.reached;
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  link.terminate();
  await closed;
  expect(gateway.totals().open).toBe(0);
});

test('the gateway stops: sessions end on both sides, those without a link too', async () => {
  const gateway = await startGateway();
  const [first, second] = [await connect(gateway), await connect(gateway)];
  second.link.terminate();
  const closed = closeOf(first.link);
  const ends = gateway.reached.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  await gateway.close();
  expect((await closed).code).toBe(4000);
  await Promise.all(ends);
});

test('the gateway stops: a client that does not answer its Close holds it up for a moment only', async () => {
  const gateway = await startGateway();
  const { link } = await connect(gateway);
  link.pause();
  fakeTime();
  expect(await settlesWithin(20, gateway.close())).toBe(true);
});

/** docs/relay-protocol.md, A relay at the edge: what it refuses, and how links, sessions and registrations end, in workerd. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dialOffering } from '../../packages/bridge/src/dial.js';
import { deferred } from '../../packages/bridge/src/testing/sockets.js';
import { OPEN, type Link } from '../../packages/bridge/src/websocket/link.js';
import { CLOSE } from '../../packages/bridge/src/websocket/close-codes.js';
import {
  decodeCommand,
  encodeAck,
  encodeConnectSuccess,
  encodeData,
  MAX_COMMAND_LENGTH,
  type Command,
} from '../../packages/bridge/src/relay-v4/commands.js';
import { collectUndos } from './playground-process.js';
import {
  ask,
  HOST_TOKEN,
  ORIGIN,
  registerHost,
  startRelayWorker,
  VISITOR_TOKEN,
  type Answer,
  type Host,
} from './relay/relay-worker.js';

const undos = collectUndos();
let relay: number;
beforeAll(async () => {
  relay = (await startRelayWorker(undos.add)).port;
});
afterAll(undos.run);

const VISITOR = { authorization: `Bearer ${VISITOR_TOKEN}` };
const VISIT = { ...VISITOR, 'ssh-bridge-resume': 'v4' };
const HOST = { authorization: `Bearer ${HOST_TOKEN}` };

/** One end of a link, and what it has got. */
class Peer {
  readonly commands: Command[] = [];
  readonly closed: Promise<number>;
  readonly link: Link;

  constructor(link: Link) {
    this.link = link;
    link.on('message', (message) => void this.commands.push(decodeCommand(message)));
    this.closed = new Promise((resolve) => void link.on('close', resolve));
    link.resume();
  }

  /** The next command that it has not returned yet. */
  async next(): Promise<Command> {
    await expect.poll(() => this.commands.length).toBeGreaterThan(0);
    return this.commands.shift()!;
  }

  async sid(): Promise<string> {
    const command = await this.next();
    return command.name === 'CONNECT_SUCCESS' ? command.sid : command.name;
  }

  send(message: Uint8Array | string): void {
    this.link.send(message, { binary: typeof message !== 'string', compress: false });
  }
}

async function open(
  path: string,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = [],
): Promise<Peer> {
  const url = `ws://127.0.0.1:${relay}${path}`;
  const { link } = await dialOffering({ url, headers: async () => headers, protocols }, true);
  onTestFinished(() => link.terminate());
  return new Peer(link);
}

interface Joined {
  readonly name: string;
  readonly visitor: Peer;
  readonly host: Peer;
  readonly sids: { readonly visitor: string; readonly host: string };
}

/** A visitor and its host, both greeted. */
async function joined(name: string): Promise<Joined> {
  const asked = deferred<string>();
  await registerHost(onTestFinished, relay, name, asked.resolve);
  const visiting = open(`/${name}`, VISIT);
  const host = await linkOf(name, await asked.promise);
  const visitor = await visiting;
  return { name, visitor, host, sids: { visitor: await visitor.sid(), host: await host.sid() } };
}

const linkOf = (name: string, ticket: string): Promise<Peer> =>
  open(`/${name}/v4/connect`, HOST, [`nacre.ticket.${ticket}`]);

const comeBack = ({ name, sids }: Joined, end: 'visitor' | 'host', received: number): Promise<Peer> =>
  open(`/${name}/v4/reconnect?sid=${sids[end]}&ack=${received}`, end === 'host' ? HOST : VISITOR);

const text = (value: string): Uint8Array<ArrayBuffer> => encodeData(new TextEncoder().encode(value));

/** Each sends this much, in turns, or as much as it can. */
async function flood(peers: readonly Peer[]): Promise<void> {
  const array = encodeData(new Uint8Array(65_536));
  for (let sent = 0; sent < 32 * 2 ** 20; sent += array.length) {
    for (const { link } of peers) {
      if (link.readyState === OPEN) link.send(array, { binary: true, compress: false });
      while (link.bufferedAmount > 2 ** 20) await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

describe('an upgrade', () => {
  test.each([
    [404, '/', VISIT, 'a name'],
    [426, '/tab', { upgrade: '' }, 'ssh-bridge proxy ws://127.0.0.1'],
    [403, '/tab', { ...VISIT, origin: 'https://evil.example' }, 'origins'],
    [401, '/tab', { ...VISIT, authorization: 'Bearer x' }, 'ask the operator'],
    [400, '/tab', VISITOR, 'without --no-resume'],
    [503, '/absent', VISIT, 'no host is registered'],
    [401, '/tab/v4/connect', { ...HOST, 'sec-websocket-protocol': `ssh, nacre.ticket.${'x'.repeat(43)}` }, 'ticket'],
    [410, '/tab/v4/reconnect?sid=x&ack=0', { ...VISITOR, 'sec-websocket-protocol': 'ssh' }, 'no such session'],
  ])('%i at %s says in one line what to do', async (status, path, headers, line) => {
    const answer = await ask(relay, path, headers);
    expect(answer).toMatchObject({ status, body: expect.stringContaining(line) });
    expect(answer.body.trimEnd()).not.toContain('\n');
    expect(JSON.stringify(answer)).not.toMatch(/token-of|nacre\.ticket|x{43}/);
  });

  test('a page is let in by its origin and the token, which is not echoed', async () => {
    const protocols = `nacre.host.v1, nacre.token.${HOST_TOKEN}`;
    const answer = await ask(relay, '/page/host', { origin: ORIGIN, 'sec-websocket-protocol': protocols });
    expect(answer).toMatchObject({ status: 101, headers: { 'sec-websocket-protocol': 'nacre.host.v1' } });
  });

  test('a page, which cannot read a status, is told by a Close that its session is gone', async () => {
    const page = await open('/tab/v4/reconnect?sid=x&ack=0', { origin: ORIGIN });
    expect(await page.closed).toBe(CLOSE.policyViolation);
  });
});

describe('a host', () => {
  test('is told what a relay can', async () => {
    const { registered } = await registerHost(onTestFinished, relay, 'told', () => undefined);
    expect(registered).toEqual({
      type: 'registered',
      sshPort: relay,
      linkTimeout: 60_000,
      maxLinks: 200,
      resume: 'v4',
    });
  });

  test('makes room for the next one of its name, and who waits for it is told', async () => {
    const asked = deferred<string>();
    const first = await registerHost(onTestFinished, relay, 'twice', asked.resolve);
    const waiting = ask(relay, '/twice', VISIT);
    const ticket = await asked.promise;
    await registerHost(onTestFinished, relay, 'twice', () => undefined);
    expect(await first.closed).toBe(4001);
    expect(await waiting).toMatchObject({ status: 503, body: expect.stringContaining('went away') });
    const late = { ...HOST, 'sec-websocket-protocol': `ssh, nacre.ticket.${ticket}` };
    expect(await ask(relay, '/twice/v4/connect', late)).toMatchObject({ status: 401 });
  });

  test('that does not dial is told to register again, and its visitor what to look for', async () => {
    const host = await registerHost(onTestFinished, relay, 'deaf', () => undefined);
    expect(await ask(relay, '/deaf', VISIT)).toMatchObject({
      status: 503,
      body: expect.stringContaining('did not answer'),
    });
    expect(await host.closed).toBe(CLOSE.goingAway);
  });

  test.each([
    ['text', '{}', CLOSE.policyViolation],
    ['bytes', Buffer.of(1), CLOSE.unsupportedData],
  ])('that says %s is ended', async (_what, message, code) => {
    const host: Host = await registerHost(onTestFinished, relay, 'talks', () => undefined);
    host.control.send(message, { binary: typeof message !== 'string', compress: false });
    expect(await host.closed).toBe(code);
  });
});

test('no more visitors wait than there are places', async () => {
  await registerHost(onTestFinished, relay, 'busy', () => undefined);
  const answers: Answer[] = [];
  const visits = Array.from({ length: 12 }, async () => void answers.push(await ask(relay, '/busy', VISIT)));
  await expect.poll(() => answers.length).toBe(7);
  // Those who wait are told so when another host takes the name.
  await registerHost(onTestFinished, relay, 'busy', () => undefined);
  await Promise.all(visits);
  const full = answers.filter(({ body }) => body.includes('too many clients are waiting'));
  expect([full.length, answers.every(({ status }) => status === 503)]).toEqual([7, true]);
});

test('a ticket is good for one link', async () => {
  const tickets: string[] = [];
  await registerHost(onTestFinished, relay, 'once', (ticket) => void tickets.push(ticket));
  const visiting = open('/once', VISIT);
  await expect.poll(() => tickets.length).toBe(1);
  const host = await linkOf('once', tickets[0]!);
  const visitor = await visiting;
  expect([await visitor.sid(), await host.sid()]).toEqual([expect.any(String), expect.any(String)]);
  const again = { ...HOST, 'sec-websocket-protocol': `ssh, nacre.ticket.${tickets[0]!}` };
  expect(await ask(relay, '/once/v4/connect', again)).toMatchObject({ status: 401 });
});

describe('a pair', () => {
  test('what one says the other gets as it is; its Close is answered when the other has closed', async () => {
    const { visitor, host } = await joined('plain');
    visitor.send(text('there'));
    expect(await host.next()).toMatchObject({ name: 'DATA', data: Buffer.from('there') });
    host.send(encodeAck(5));
    expect(await visitor.next()).toEqual({ name: 'ACK', position: 5 });
    visitor.link.close(1000);
    expect([await host.closed, await visitor.closed]).toEqual([1000, 1000]);
  });

  test('both come back, and each hears how far the other is', async () => {
    const pair = await joined('back');
    pair.visitor.link.terminate();
    const visitor = await comeBack(pair, 'visitor', 7);
    expect(await pair.host.closed).toBe(CLOSE.goingAway);
    const host = await comeBack(pair, 'host', 9);
    expect(await visitor.next()).toEqual({ name: 'RECONNECT_SUCCESS', position: 9 });
    expect(await host.next()).toEqual({ name: 'RECONNECT_SUCCESS', position: 7 });
    host.send(text('again'));
    expect(await visitor.next()).toMatchObject({ name: 'DATA' });
  });

  test('a new link takes over from one that is there still', async () => {
    const pair = await joined('over');
    const visitor = await comeBack(pair, 'visitor', 0);
    expect([await pair.visitor.closed, await pair.host.closed]).toEqual([CLOSE.goingAway, CLOSE.goingAway]);
    await comeBack(pair, 'host', 0);
    expect(await visitor.next()).toEqual({ name: 'RECONNECT_SUCCESS', position: 0 });
  });

  test('a Close whose other end breaks is not answered with 1000: what was said last may be lost', async () => {
    const pair = await joined('tail');
    pair.host.link.pause();
    pair.visitor.send(text('last'));
    pair.visitor.link.close(1000);
    // By the time its object answers something else, the host has been asked to close and has not answered.
    await ask(relay, '/tail/v4/reconnect?sid=x&ack=0', { ...VISITOR, 'sec-websocket-protocol': 'ssh' });
    pair.host.link.terminate();
    expect(await pair.visitor.closed).toBe(CLOSE.goingAway);
  });

  test('an end that does not come back in time: the other is told that the stream was cut off', async () => {
    const pair = await joined('gone');
    pair.visitor.send(text('something'));
    await pair.host.next();
    pair.visitor.link.terminate();
    expect(await pair.host.closed).toBe(4000);
    expect(
      (
        await ask(relay, `/gone/v4/reconnect?sid=${pair.sids.visitor}&ack=0`, {
          ...VISITOR,
          'sec-websocket-protocol': 'ssh',
        })
      ).status,
    ).toBe(410);
  });

  test('a visitor who left while it waited: the host’s link ends', async () => {
    const asked = deferred<string>();
    await registerHost(onTestFinished, relay, 'left', asked.resolve);
    const leaving = new AbortController();
    const visiting = dialOffering(
      { url: `ws://127.0.0.1:${relay}/left`, headers: async () => VISIT, signal: leaving.signal },
      true,
    );
    const ticket = await asked.promise;
    leaving.abort();
    await expect(visiting).rejects.toThrow('stopped');
    const host = await linkOf('left', ticket);
    expect(await host.closed).toBe(4000);
  });

  test.each([
    ['text', 'text', CLOSE.unsupportedData],
    ['nothing', Buffer.alloc(0), CLOSE.protocolError],
    ['a command that is cut off', Buffer.of(0, 4, 0, 0), CLOSE.protocolError],
    ['what a relay says', encodeConnectSuccess('x'), CLOSE.protocolError],
    ['too much at once', encodeData(new Uint8Array(MAX_COMMAND_LENGTH)), CLOSE.messageTooBig],
  ])('Security: %s ends that pair, and no other', async (_what, message, code) => {
    const [bad, good] = [await joined('bad'), await joined('good')];
    bad.visitor.send(message);
    expect([await bad.visitor.closed, await bad.host.closed]).toEqual([code, 4000]);
    good.visitor.send(text('well'));
    expect(await good.host.next()).toMatchObject({ name: 'DATA' });
  });

  test('Security: who sends more than the other acknowledges is ended, not kept', async () => {
    const { visitor, host } = await joined('flood');
    host.link.pause();
    await flood([visitor]);
    expect(await visitor.closed).toBe(4000);
  });

  test('Security: where too much waits for all readers the slowest have to come back, and nobody new is let in', async () => {
    const pairs = [await joined('total'), await joined('total')];
    for (const { host } of pairs) host.link.pause();
    await flood(pairs.map(({ visitor }) => visitor));
    const visit = async (): Promise<Answer> => {
      // Who came while the last of it is still on its way is let in, and waits for a host that dials nobody: that one is dismissed.
      await registerHost(onTestFinished, relay, 'total', () => undefined);
      return ask(relay, '/total', VISIT);
    };
    await expect.poll(visit).toMatchObject({ status: 503, body: expect.stringContaining('overloaded') });
    for (const { host } of pairs) host.link.resume();
    expect(await Promise.all(pairs.map(({ host }) => host.closed))).toEqual([CLOSE.goingAway, CLOSE.goingAway]);
    expect(pairs.map(({ visitor }) => visitor.link.readyState)).toEqual([OPEN, OPEN]);
  });
});

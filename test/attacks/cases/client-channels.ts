/** Groups I and N, RFC 4254 §5: a hostile server, after the client has logged in. C05, C10. */
import { memoryLinks } from '@nacre/core/testing';
import { expect } from 'vitest';
import { bytes, concat, str, uint32 } from '../bytes.js';
import type { ClientCase, ClientUnderTest } from '../client-case.js';
import type { RawServer } from '../raw-server.js';

const LOGIN = { sends: [5, 7, 21, 50, 82, 90, 91, 92, 94, 97, 98], calls: ['password'] };

async function loggedIn(server: RawServer): Promise<void> {
  server.flush();
  await server.until(() => server.numbers.includes(50), 'a login');
  await server.ask(82, [80], str('keepalive@openssh.com'), [1]);
}

/** Sends something once the client has logged in. */
const says = (name: string, payload: Uint8Array): ClientCase => [
  `C05 ${name}`,
  2,
  {
    ...LOGIN,
    error: 'ProtocolError',
    act: async (server) => {
      await loggedIn(server);
      server.send(payload);
    },
  },
];

/** Sends something about a command that the client runs. */
const aboutCommand = (name: string, payload: Uint8Array): ClientCase => [
  `C05 ${name}`,
  2,
  {
    ...LOGIN,
    error: 'ProtocolError',
    act: async (server, { client }) => {
      await loggedIn(server);
      void client.spawn('cat').catch(() => undefined);
      await server.receives(98);
      server.send(payload);
    },
  },
];

const HOSTILE_TEXT = `\x1b]0;title\x07\u202eno${'A'.repeat(4000)}`;

const refusedInWords: ClientCase = [
  'C05 a refusal whose text would steer a terminal',
  undefined,
  {
    ...LOGIN,
    server: { ignores: [90] },
    act: async (server, { client }) => {
      await loggedIn(server);
      const refused = client.spawn('cat').catch((error: unknown) => String(error));
      await server.receives(90);
      server.send([92], uint32(0), uint32(1), str(HOSTILE_TEXT), str(''));
      expect(await refused).toMatch(/^ChannelOpenError:  \]0;title  noA{240,256}$/);
    },
  },
];

const killedBy: ClientCase = [
  'C05 a signal whose name would steer a terminal',
  undefined,
  {
    ...LOGIN,
    act: async (server, { client }) => {
      await loggedIn(server);
      const spawned = client.spawn('cat');
      await server.receives(98);
      server.send([98], uint32(0), str('exit-signal'), [0], str(HOSTILE_TEXT), [0], str(''), str(''));
      server.send([97], uint32(0));
      expect((await (await spawned).exited).signal).toMatch(/^ \]0;title  noA{48,64}$/);
    },
  },
];

const numbers = [
  [93, uint32(1)],
  [94, str('x')],
  [95, concat(uint32(1), str('x'))],
  [96, bytes('')],
  [97, bytes('')],
  [98, concat(str('exit-status'), [0], uint32(0))],
  [99, bytes('')],
  [100, bytes('')],
] as const;

const confirmation = concat([91], uint32(0), uint32(0), uint32(2 ** 20), uint32(2 ** 15));
const refusal = concat([92], uint32(0), uint32(1), str(''), str(''));

export const channelClientCases: readonly ClientCase[] = [
  ...[0, 7, 0xffff_ffff].flatMap((id) =>
    numbers.map(([number, rest]) =>
      says(`${number} for channel ${id}, never opened`, concat([number], uint32(id), rest)),
    ),
  ),
  refusedInWords,
  killedBy,
  says('a confirmation of what was never asked for', confirmation),
  says('a refusal of what was never asked for', refusal),
  aboutCommand('a confirmation twice', confirmation),
  aboutCommand('a refusal of what is open', refusal),
  ...[0, 1, 2, 3].map((length) =>
    aboutCommand(
      `an exit status of ${length} bytes`,
      concat([98], uint32(0), str('exit-status'), [0], new Uint8Array(length)),
    ),
  ),
  aboutCommand('an exit signal cut short', concat([98], uint32(0), str('exit-signal'), [0], str('TERM'))),
  aboutCommand('more than the window', concat([94], uint32(0), str(new Uint8Array(32 * 1024 + 1)))),
];

/** The server opens a channel; the client refuses with reason 1, and goes on. */
const opens = (
  name: string,
  type: string,
  fields: Uint8Array,
  before?: (server: RawServer, under: ClientUnderTest) => Promise<void>,
): ClientCase => [
  `C10 ${name}`,
  undefined,
  {
    ...LOGIN,
    act: async (server, under) => {
      await loggedIn(server);
      await before?.(server, under);
      const answer = server.receives(92);
      server.send([90], str(type), uint32(77), uint32(2 ** 20), uint32(2 ** 15), fields);
      expect((await answer).subarray(0, 9)).toEqual(concat([92], uint32(77), uint32(1)));
    },
  },
];

const tcp = (host: string, port: number): Uint8Array => concat(str(host), uint32(port), str('192.0.2.1'), uint32(9));

/** An agent that was lent to a session that is over. */
async function pastAgent(server: RawServer, { client, calls }: ClientUnderTest): Promise<void> {
  const agent = (): ReturnType<typeof memoryLinks>[0] => {
    calls.push('agent');
    return memoryLinks()[0];
  };
  const process = await client.spawn('x', { agent });
  server.send([97], uint32(0));
  await process.exited;
}

/** A client that has asked the server to listen, and waits for the answer. */
async function askedToListen(server: RawServer, client: ClientUnderTest['client']) {
  await loggedIn(server);
  const asked = server.receives(80);
  const granted = client.listen({ host: 'localhost', port: 8080 });
  await asked;
  return { granted };
}

export const openClientCases: readonly ClientCase[] = [
  opens('forwarded-tcpip', 'forwarded-tcpip', tcp('localhost', 80)),
  opens('forwarded-streamlocal@openssh.com', 'forwarded-streamlocal@openssh.com', concat(str('/tmp/x'), str(''))),
  opens('auth-agent@openssh.com', 'auth-agent@openssh.com', bytes('')),
  opens('auth-agent@openssh.com after the session that asked for it', 'auth-agent@openssh.com', bytes(''), pastAgent),
  opens('x11', 'x11', concat(str('localhost'), uint32(9))),
  opens('a session', 'session', bytes('')),
  opens('direct-tcpip', 'direct-tcpip', tcp('localhost', 80)),
  opens('a type that nobody knows', 'x@y', bytes('')),
  [
    'C10 forwarded-tcpip for another port than the one that was asked for',
    undefined,
    {
      ...LOGIN,
      sends: [...LOGIN.sends, 80],
      server: { ignores: [80] },
      act: async (server, { client }) => {
        const listening = await askedToListen(server, client);
        server.send([81]);
        await listening.granted;
        const answer = server.receives(92);
        server.send([90], str('forwarded-tcpip'), uint32(77), uint32(2 ** 20), uint32(2 ** 15), tcp('localhost', 8081));
        expect((await answer).subarray(0, 9)).toEqual(concat([92], uint32(77), uint32(1)));
      },
    },
  ],
  [
    'forwarded-tcpip right behind the answer that allows it is legal',
    undefined,
    {
      ...LOGIN,
      sends: [...LOGIN.sends, 80],
      server: { ignores: [80] },
      act: async (server, { client }) => {
        const listening = await askedToListen(server, client);
        const opened = server.receives(91);
        server.send([81]);
        server.send([90], str('forwarded-tcpip'), uint32(77), uint32(2 ** 20), uint32(2 ** 15), tcp('localhost', 8080));
        await (await listening.granted)[Symbol.asyncIterator]().next();
        await opened;
      },
    },
  ],
  [
    'S19 a channel of any type asks for the window and the packets that it was told, and lets no more be sent',
    2,
    {
      ...LOGIN,
      error: 'ProtocolError',
      says: /exceed the window of 1000/,
      act: async (server, { client }) => {
        await loggedIn(server);
        const asked = server.receives(90);
        void client.openChannel('x@y', bytes('fields'), { window: 1000, packet: 500 });
        expect(await asked).toEqual(concat([90], str('x@y'), uint32(0), uint32(1000), uint32(500), bytes('fields')));
        server.send([94], uint32(0), str(new Uint8Array(1001)));
      },
    },
  ],
  [
    'C10 forwarded-tcpip cut short',
    2,
    {
      ...LOGIN,
      error: 'ProtocolError',
      act: async (server) => {
        await loggedIn(server);
        server.send([90], str('forwarded-tcpip'), uint32(1), uint32(1), uint32(1), str('a'));
      },
    },
  ],
];

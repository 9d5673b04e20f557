/** An application that never answers cannot block anything for ever. */
import { expect, test } from 'vitest';
import { connect } from '../client/client.js';
import { ChannelRequestError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import { ManualClock, memoryLinks, pair } from '../testing/index.js';
import { createServer } from './create-server.js';
import type { LogRecord } from './log/log.js';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from './options.js';
import { accept } from './verdict.js';

const never = (): Promise<never> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const key = await generateKey('ssh-ed25519');

const stuck: readonly (readonly [string, ServerOptions])[] = [
  ['the connection hook', { hostKeys: [key], hooks: { connection: never } }],
  ['the host keys', { hostKeys: never }],
];

test.each(stuck)('%s: the stream is closed at the login grace, and not before', async (_name, options) => {
  const clock = new ManualClock();
  const log: LogRecord[] = [];
  const hooks = { ...options.hooks, log: (record: LogRecord) => void log.push(record) };
  const server = createServer({ ...options, hooks, clock });
  const [near, far] = memoryLinks();
  let isEnded = false;
  near.open({ chunk: () => undefined, end: () => (isEnded = true), drain: () => undefined });
  const served = server.accept(far);
  await turn();
  clock.advance(DEFAULT_SERVER_LIMITS.loginGrace - 1);
  await turn();
  expect([isEnded, server.connections.length]).toEqual([false, 1]);
  clock.advance(1);
  await served;
  await turn();
  expect([isEnded, server.connections.length]).toEqual([true, 0]);
  expect(log.map(({ fields }) => fields['error'])).toEqual(['TimeoutError: the application took too long']);
});

test.each(stuck)('%s: closing the server does not wait', async (_name, options) => {
  const server = createServer(options);
  const served = server.accept(memoryLinks()[1]);
  await server.close();
  await served;
  expect(server.connections).toEqual([]);
});

test.each([
  ['waits for us', never, { noAuthentication: 1 }],
  ['keeps us waiting', () => accept, { graceExceeded: 1 }],
] as const)('at the end of the grace, who %s has so much of a penalty', async (_name, service, offences) => {
  const clock = new ManualClock();
  const server = createServer({ hostKeys: [key], hooks: { service, none: () => accept }, clock });
  const [near, far] = memoryLinks();
  const served = server.accept(far, { remoteAddress: '192.0.2.1' });
  const connecting = connect(near, { user: 'ada', verifyHostKey: () => true }).catch(() => undefined);
  await expect.poll(() => server.connections[0]?.negotiated).toBeDefined();
  await turn();
  clock.advance(DEFAULT_SERVER_LIMITS.loginGrace);
  await served;
  await connecting;
  expect(server.stats.offences).toEqual(offences);
});

test('the command hook: the command is refused after 30 s, and the connection goes on', async () => {
  const clock = new ManualClock();
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const command = ({ request }: { readonly request: { readonly type: string } }): Promise<never> | (() => number) => {
    if (request.type === 'exec') return () => 3;
    isAsked();
    return never();
  };
  const { client } = await pair({ server: { hostKeys: [key], hooks: { none: () => accept, command }, clock } });
  const shell = client.shell();
  const refused = expect(shell).rejects.toThrow(ChannelRequestError);
  await asked;
  clock.advance(30_000);
  await refused;
  expect((await client.exec('x')).exitCode).toBe(3);
  client.close();
});

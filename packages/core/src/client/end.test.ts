/** What a client is told when a command, or the connection under it, ends. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import {
  AuthenticationError,
  ChannelRequestError,
  ConfigurationError,
  ConnectionClosedError,
  ConnectionLostError,
} from '../errors.js';
import { generateKey } from '../keys/index.js';
import { createServer } from '../server/create-server.js';
import { accept, reject } from '../server/verdict.js';
import { memoryLinks, pair } from '../testing/index.js';
import { connect, startClient, type Client } from './client.js';

const open = { none: () => accept };
const never = (): Promise<never> => new Promise(() => undefined);

/** A connection whose stream breaks once a command has written its first half. */
async function broken(): Promise<Client> {
  const [near, far] = memoryLinks();
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: open,
    session: async (session) => {
      await session.write(new TextEncoder().encode('half'));
      far.destroy();
      return never();
    },
  });
  void server.accept(far);
  const credentials = [{ method: 'none' }] as const;
  return connect(near, { user: 'u', verifyHostKey: () => true, credentials });
}

test('a command is not at its end because the connection is', async () => {
  const client = await broken();
  await expect(client.exec('x')).rejects.toThrow(ConnectionLostError);
  expect(await client.closed).toBeInstanceOf(ConnectionLostError);
  await expect(client.exec('x')).rejects.toThrow(ConnectionLostError);
});

test.each([
  ['openTcp', (client: Client) => client.openTcp('localhost', 1)],
  ['openUnix', (client: Client) => client.openUnix('/s')],
  ['openChannel', (client: Client) => client.openChannel('own@example.com')],
  ['listen', (client: Client) => client.listen({ port: 1 })],
  ['listenUnix', (client: Client) => client.listenUnix('/s')],
] as const)('%s is not refused because the connection is lost', async (_name, ask) => {
  const [near, far] = memoryLinks();
  const { client } = await pair({ streams: [near, far] });
  const asking = ask(client);
  far.destroy();
  await expect(asking).rejects.toThrow(ConnectionLostError);
  await expect(ask(client)).rejects.toThrow(ConnectionLostError);
});

test('nor when this side closes it', async () => {
  const { client } = await pair({ server: { hooks: open, session: never } });
  const running = client.exec('x', { stdin: 'in' });
  const refused = expect(running).rejects.toThrow(ConnectionClosedError);
  client.close();
  await refused;
});

test('a start that is refused leaves no channel behind', async () => {
  const { client, server } = await pair({ server: { hooks: { ...open, command: () => reject('no') } } });
  for (let count = 0; count < 25; count += 1) {
    await expect(client.exec('x')).rejects.toThrow(ChannelRequestError);
    await expect(client.shell()).rejects.toThrow(ChannelRequestError);
    await expect(client.subsystem('sftp')).rejects.toThrow(ChannelRequestError);
  }
  expect(server.connections.length).toBe(1);
  client.close();
});

test('a command that ended takes no more input, and says so', async () => {
  const { client } = await pair({ server: { hooks: open, session: () => 0 } });
  const process = await client.spawn('true');
  await process.exited;
  await expect(process.write('too late')).rejects.toThrow(ConnectionClosedError);
  const early = await client.spawn('true');
  early.end();
  await expect(early.write('after the end')).rejects.toThrow('no more input');
  expect((await client.exec('true', { stdin: new Uint8Array(8 * 1024 * 1024) })).exitCode).toBe(0);
  client.close();
});

test('authentication on a connection that is over rejects with what ended it', async () => {
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks: { password: () => undefined } });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'u', crypto: noble, verifyHostKey: () => true });
  far.destroy();
  await client.closed;
  const credentials = [{ method: 'password', password: 'x' }] as const;
  const error = await client.authenticate('u', credentials).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectionLostError);
  expect(error).not.toBeInstanceOf(AuthenticationError);
});

test('authentication before the host key is accepted rejects, and does not throw', async () => {
  const [near] = memoryLinks();
  const client = startClient(near, { user: 'u', crypto: noble, verifyHostKey: () => true });
  const early = client.authenticate('u', []);
  await expect(early).rejects.toThrow(ConnectionClosedError);
  client.close();
});

test('a host key that is accepted once the client has closed is used for nothing', async () => {
  let accept: (judgement: boolean) => void = () => undefined;
  let asked = 0;
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')] });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const verifyHostKey = (): Promise<boolean> => {
    asked += 1;
    return new Promise((resolve) => void (accept = resolve));
  };
  const client = startClient(near, { user: 'u', crypto: noble, verifyHostKey });
  await expect.poll(() => asked).toBe(1);
  client.close();
  accept(true);
  expect(await client.closed).toBe(undefined);
  await new Promise((resolve) => void setTimeout(resolve, 0));
  expect([client.negotiated, client.hostKey]).toEqual([undefined, undefined]);
  await server.close();
});

test('nobody is asked about the host key of a connection that is over', async () => {
  let verified: (holds: boolean) => void = () => undefined;
  let isVerifying = false;
  let asked = 0;
  const crypto = {
    ...noble,
    ed25519: {
      ...noble.ed25519,
      verify: (): Promise<boolean> => {
        isVerifying = true;
        return new Promise((resolve) => void (verified = resolve));
      },
    },
  };
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')] });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = startClient(near, { user: 'u', crypto, verifyHostKey: () => (asked += 1) > 0 });
  await expect.poll(() => isVerifying).toBe(true);
  client.close();
  verified(true);
  await client.closed;
  await new Promise((resolve) => void setTimeout(resolve, 0));
  expect(asked).toBe(0);
  await server.close();
});

test('a login that waits for a person ends with the connection, whichever side ends it', async () => {
  const asked = (): { readonly password: () => Promise<string>; readonly isAsked: Promise<void> } => {
    let ask: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    return {
      isAsked,
      password: () => {
        ask();
        return never();
      },
    };
  };
  const hooks = { password: () => accept };
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks });
  const logIn = (password: () => Promise<string>, signal?: AbortSignal): Promise<Client> => {
    const [near, far] = memoryLinks();
    void server.accept(far);
    const credentials = [{ method: 'password', password }] as const;
    return connect(near, { user: 'u', verifyHostKey: () => true, credentials, ...(signal && { signal }) });
  };
  const first = asked();
  const stop = new AbortController();
  const aborted = expect(logIn(first.password, stop.signal)).rejects.toThrow(ConnectionClosedError);
  await first.isAsked;
  stop.abort();
  await aborted;
  const second = asked();
  const ended = expect(logIn(second.password)).rejects.toThrow('the server goes');
  await second.isAsked;
  for (const connection of server.connections) connection.disconnect('the server goes');
  await ended;
});

test.each<object>([
  { rekey: { bytes: 1 } },
  { keepalive: { interval: 0 } },
  { requiredRsaSize: 1 },
  { software: 'two\nlines' },
  { algorithms: { ciphers: 'none-such' } },
])('options that are refused leave the stream to whoever has it: %j', async (wrong) => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const options = { user: 'u', verifyHostKey: () => true, ...wrong };
  await expect(connect({ readable, writable }, options)).rejects.toThrow(ConfigurationError);
  expect([readable.locked, writable.locked]).toEqual([false, false]);
});

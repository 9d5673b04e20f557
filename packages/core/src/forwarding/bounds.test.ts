/** RFC 4254 §6.3 and §7, PROTOCOL §2.4: the bounds of forwarding, each at its exact value. */
import { expect, test } from 'vitest';
import type { Multiplexer } from '../connection/multiplexer.js';
import { accept, type Client, type Hooks, type Session } from '../index.js';
import { memoryLinks, MemorySockets, pair } from '../testing/index.js';
import { ClientForwarding } from './client-forwarding.js';
import { forwarding } from './index.js';
import { forwardRequests } from './messages.js';

async function forwarded(session?: (session: Session) => Promise<void>): Promise<[Client, MemorySockets]> {
  const sockets = new MemorySockets();
  const hooks: Hooks = { none: () => accept, forward: () => accept };
  const { client } = await pair({
    server: { forwarding: forwarding({ sockets: sockets.sockets }), hooks, ...(session && { session }) },
  });
  return [client, sockets];
}

test('of the addresses of a name four are tried', async () => {
  const [client, sockets] = await forwarded();
  sockets.addresses = [1, 2, 3, 4, 5].map((number) => `198.51.100.${number}`);
  await expect(client.openTcp('name', 22)).rejects.toMatchObject({ code: 2 });
  expect(sockets.dialled).toEqual([1, 2, 3, 4].map((number) => `198.51.100.${number}:22`));
  client.close();
});

test('the path of a Unix socket has at most 107 bytes, as in sockaddr_un(7)', async () => {
  const [client, sockets] = await forwarded();
  const longest = `/${'x'.repeat(106)}`;
  await client.openUnix(longest);
  await expect(client.openUnix(`${longest}x`)).rejects.toMatchObject({ code: 1 });
  expect(sockets.dialled).toEqual([longest]);
  client.close();
});

test('§6.3: a display for a single connection gets one', async () => {
  let second: unknown;
  const [client] = await forwarded(async ({ display }) => {
    await display!.open();
    second = await display!.open().catch((error: unknown) => error);
  });
  const display = { open: () => memoryLinks()[0], authenticationCookie: '00'.repeat(16), singleConnection: true };
  await client.exec('x', { display });
  expect(second).toMatchObject({ message: 'the client allows a single connection to its X server' });
  client.close();
});

test('§6.3: and the client lends it once, whatever the server asks', () => {
  const answers: string[] = [];
  const lender = new ClientForwarding({
    open: () => undefined,
    ask: () => Promise.reject(new Error('unused')),
    schedule: () => () => undefined,
  });
  lender.lend('x11', () => new Promise(() => answers.push('dialled')), true);
  const fields = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0]);
  const incoming = { type: 'x11', fields, accept: () => undefined, reject: () => void answers.push('refused') };
  lender.receive(incoming);
  lender.receive(incoming);
  expect(answers).toEqual(['dialled', 'refused']);
});

test('§7.1: the reply has a port only if the server chose it', async () => {
  const [client] = await forwarded();
  const { multiplexer } = (client as unknown as { readonly engine: { readonly multiplexer: Multiplexer } }).engine;
  const replyTo = (port: number): Promise<number | undefined> =>
    new Promise((resolve) => {
      const fields = forwardRequests['tcpip-forward'].encode({ host: 'localhost', port });
      multiplexer.request('tcpip-forward', fields, (answer) => resolve(answer?.length) as undefined);
    });
  expect(await replyTo(8022)).toBe(0);
  expect(await replyTo(0)).toBe(4);
  client.close();
});

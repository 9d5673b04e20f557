/** A room with people in memory, each with a terminal of their own. */
import { expect, onTestFinished, test } from 'vitest';
import { accept, acceptAnyHostKey, connect, createServer, generateKey, type Server } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { chatRoom } from './room.js';

async function openRoom(): Promise<Server> {
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { none: () => accept },
    session: chatRoom(),
  });
  onTestFinished(() => server.close());
  return server;
}

async function enter(server: Server, user: string) {
  const [near, far] = memoryLinks();
  void server.accept(far);
  const credentials = [{ method: 'none' }] as const;
  const client = await connect(near, {
    user,
    credentials,
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
  });
  const guest = await client.shell({ pty: { columns: 80, rows: 24 } });
  const text = new TextDecoder();
  let seen = '';
  return {
    client,
    guest,
    /** Reads until `what` is on the terminal. @returns everything shown so far. */
    async see(what: string): Promise<string> {
      while (!seen.includes(what)) seen += text.decode((await guest.read()) ?? expect.fail(`no "${what}" in ${seen}`));
      return seen;
    },
  };
}

test('everybody hears who comes, what is said, and who leaves', async () => {
  const room = await openRoom();
  const anna = await enter(room, 'anna');
  await anna.see('In the room: you.');
  const ben = await enter(room, 'ben');
  await ben.see('In the room: anna, you.');
  await anna.see('* ben comes in');
  await ben.guest.write('hello\r');
  await anna.see('ben: hello\r\n');
  await anna.guest.write('good morning\r');
  // The line editor shows a line as it is typed, so it is not repeated to its author.
  expect((await ben.see('anna: good morning')).match(/ben: hello/g)).toHaveLength(1);
  await ben.guest.write('\x04');
  expect((await ben.guest.exited).exitCode).toBe(0);
  await anna.see('* ben leaves');
});

test('what is half typed stays, below what others say', async () => {
  const room = await openRoom();
  const [anna, ben] = [await enter(room, 'anna'), await enter(room, 'ben')];
  await anna.see('* ben comes in');
  await anna.guest.write('I wanted to');
  await anna.see('I wanted to');
  await ben.guest.write('hi\r');
  await anna.see('ben: hi\r\nanna: I wanted to');
  await anna.guest.write('\x15better\r');
  await ben.see('anna: better');
});

test('names are one person each; a connection that is lost leaves too', async () => {
  const room = await openRoom();
  const first = await enter(room, 'anna');
  await first.see('you.');
  const second = await enter(room, 'anna');
  await first.see('* anna2 comes in');
  second.client.close();
  await first.see('* anna2 leaves');
});

test('two of a name who come at once are two', async () => {
  const room = await openRoom();
  await Promise.all(['anna', 'anna', 'anna'].map(async (name) => (await enter(room, name)).see('you.')));
  await (await enter(room, 'ben')).see('In the room: anna, anna2, anna3, you.');
});

test('Security: neither names nor lines bring controls to the terminals of others', async () => {
  const room = await openRoom();
  const anna = await enter(room, 'anna');
  await anna.see('you.');
  const eve = await enter(room, 'e\x1b]0;pwned\x07ve');
  await anna.see('* e]0;pwnedve comes in');
  // ^V takes the next key as it is.
  await eve.guest.write('\x16\x1b[2Jboo\u202e\r');
  expect(await anna.see('boo\r\n')).toContain('e]0;pwnedve: [2Jboo\r\n');
});

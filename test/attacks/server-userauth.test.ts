/** Group G: hostile messages under keys, before authentication. */
import { changeRequired, type Hooks } from '@nacre/core';
import { expect, test } from 'vitest';
import { checkCases, password } from './case.js';
import { loginCases } from './cases/login.js';
import { concat, RawPeer, settle, str, subject, uint32 } from './raw-peer.js';

checkCases('G: logins', loginCases);

test('W27 passwords that must be changed count too', async () => {
  const { server } = await subject({ hooks: { password: () => changeRequired('New password: ') } });
  const peer = await new RawPeer(server).requestService();
  for (let index = 0; index < 6; index += 1) peer.send(password('alice', 'old'));
  for (let index = 0; index < 4; index += 1) await settle();
  expect(peer.received.filter((payload) => payload[0] === 60).length).toBe(5);
  expect(peer.end).toBe(14);
});

test('W32 who exists and who does not get the same bytes, whatever they send', async () => {
  const account: Hooks['account'] = ({ user }) =>
    user === 'alice' ? { name: 'alice', id: 7, group: 7, fullName: '', home: '/', shell: '' } : undefined;
  const under = await subject({
    hooks: {
      account,
      none: () => undefined,
      authorizedKeys: () => undefined,
      keyboardInteractive: async (_attempt, ask) => void (await ask({ prompts: [{ prompt: 'Token: ', echo: false }] })),
    },
  });
  const answersTo = async (user: string): Promise<string[]> => {
    const peer = await new RawPeer(under.server, { remoteAddress: `127.0.0.${user.length}` }).requestService();
    const from = (method: string): Uint8Array => concat([50], str(user), str('ssh-connection'), str(method));
    const before = peer.received.length;
    for (const payload of [
      from('none'),
      concat(from('publickey'), [0], str('ssh-ed25519'), str('malformed')),
      concat(from('publickey'), [1], str('ssh-ed25519'), str(concat(str('ssh-ed25519'), str(new Uint8Array(31))))),
      password(user, 'x'.repeat(2000)),
      concat(from('keyboard-interactive'), str(''), str('')),
      concat([61], uint32(1), str('7')),
      concat(from('hostbased'), str('ssh-ed25519')),
    ]) {
      const { length } = peer.received;
      peer.send(payload);
      await peer.until(() => peer.received.length > length, 'an answer');
    }
    peer.close();
    return peer.received.slice(before).map((payload) => payload.join());
  };
  const known = await answersTo('alice');
  expect(known.length).toBe(7);
  expect(await answersTo('mallory')).toEqual(known);
});

test('DISCONNECT with text that is no UTF-8 is still the end that the peer meant', async () => {
  const { server, log } = await subject();
  const peer = await new RawPeer(server).exchange();
  peer.send([1], uint32(11), str(Uint8Array.of(0x62, 0xff)), str(''));
  await settle();
  expect(log.at(-1)?.fields).toMatchObject({ error: 'DisconnectedError', reason: 'b\ufffd' });
});

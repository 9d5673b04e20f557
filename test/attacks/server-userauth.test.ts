/** Group G: hostile messages under keys, before authentication. */
import { changeRequired } from '@nacre/core';
import { expect, test } from 'vitest';
import { checkCases, password } from './case.js';
import { loginCases } from './cases/login.js';
import { RawPeer, settle, str, subject, uint32 } from './raw-peer.js';

checkCases('G: logins', loginCases);

test('W27 passwords that must be changed count too', async () => {
  const { server } = await subject({ hooks: { password: () => changeRequired('New password: ') } });
  const peer = await new RawPeer(server).requestService();
  for (let index = 0; index < 6; index += 1) peer.send(password('alice', 'old'));
  for (let index = 0; index < 4; index += 1) await settle();
  expect(peer.received.filter((payload) => payload[0] === 60).length).toBe(5);
  expect(peer.end).toBe(14);
});

test('DISCONNECT with text that is no UTF-8 is still the end that the peer meant', async () => {
  const { server, log } = await subject();
  const peer = await new RawPeer(server).exchange();
  peer.send([1], uint32(11), str(Uint8Array.of(0x62, 0xff)), str(''));
  await settle();
  expect(log.at(-1)?.fields).toMatchObject({ error: 'DisconnectedError', reason: 'b\ufffd' });
});

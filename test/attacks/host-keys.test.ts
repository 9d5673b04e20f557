/** hostkeys-00 and hostkeys-prove-00 against our server: what it announces, what it proves, what it does not. */
import { expect, test } from 'vitest';
import { generateKey, signatures } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { bytes, readStrings } from './bytes.js';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject } from './raw-peer.js';

const crypto = nodeCrypto;
const [ed25519, ecdsa, rsa, stranger] = await Promise.all([
  generateKey('ssh-ed25519', { crypto }),
  generateKey('ecdsa-sha2-nistp256', { crypto }),
  generateKey('ssh-rsa', { crypto }),
  generateKey('ssh-ed25519', { crypto }),
]);
const hostKeys = [ed25519, ecdsa, rsa];
const PROVE = concat(str('hostkeys-prove-00@openssh.com'), [1]);

/** Asks for proofs. @returns the payload of the answer. */
async function prove(peer: RawPeer, ...blobs: readonly Uint8Array[]): Promise<Uint8Array> {
  const from = peer.received.length;
  const answer = (): Uint8Array | undefined =>
    peer.received.slice(from).find(([number]) => number === 81 || number === 82);
  peer.send([80], PROVE, ...blobs.map(str));
  await peer.until(() => answer() !== undefined, 'an answer');
  return answer()!;
}

test('all host keys are announced after login, and each is proven for this connection', async () => {
  const under = await subject({ hostKeys });
  const peer = await new RawPeer(under.server).login();
  await peer.until(() => peer.numbers.includes(80), 'the announcement');
  const announced = peer.received.find(([number]) => number === 80)!;
  const blobs = hostKeys.map(({ publicKey }) => publicKey);
  expect(announced).toEqual(concat([80], str('hostkeys-00@openssh.com'), [0], ...blobs.map(str)));
  expect(peer.numbers.indexOf(80)).toBeGreaterThan(peer.numbers.indexOf(52));
  const answer = await prove(peer, ...blobs);
  expect(answer[0]).toBe(81);
  const names = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'] as const;
  for (const [index, signature] of readStrings(answer, 3, 1).entries()) {
    const message = concat(str('hostkeys-prove-00@openssh.com'), str(peer.transport.sessionId!), str(blobs[index]!));
    expect(await signatures[names[index]!].verify(crypto, blobs[index]!, message, signature)).toBe(true);
  }
  peer.close();
  await settle();
  await expectWell(under);
});

test('an RSA key proves itself by the algorithm that was negotiated', async () => {
  const under = await subject({ hostKeys: [rsa] });
  const kexinit = { serverHostKeyAlgorithms: ['rsa-sha2-256'] };
  const peer = await new RawPeer(under.server, { kexinit: (legal) => ({ ...legal, ...kexinit }) }).login();
  const [signature] = readStrings(await prove(peer, rsa.publicKey), 1, 1);
  expect(readStrings(signature!, 1)).toEqual([bytes('rsa-sha2-256')]);
  peer.close();
  await settle();
});

test('Security: nothing is signed for a key that is not ours, for a list that is too long, or the fifth time', async () => {
  const under = await subject({ hostKeys });
  const peer = await new RawPeer(under.server).login();
  expect((await prove(peer, ed25519.publicKey, stranger.publicKey))[0]).toBe(82);
  expect((await prove(peer, ...Array.from({ length: 4 }, () => ed25519.publicKey)))[0]).toBe(82);
  expect((await prove(peer, new Uint8Array(9000)))[0]).toBe(82);
  expect((await prove(peer, ed25519.publicKey))[0]).toBe(81);
  expect((await prove(peer, ed25519.publicKey))[0]).toBe(82);
  expect(peer.end).toBe(undefined);
  peer.close();
  await settle();
  await expectWell(under);
});

test('a list that is cut short is refused', async () => {
  const under = await subject({ hostKeys });
  const peer = await new RawPeer(under.server).login();
  const from = peer.received.length;
  peer.send([80], PROVE, [0, 0, 0, 9, 1]);
  await peer.until(() => peer.received.slice(from).some(([number]) => number === 82), 'a refusal');
  peer.close();
  await settle();
});

/** RFC 4344 §3.1: what the keys of one direction must not do twice. */
import { expect, test } from 'vitest';
import * as tables from '../algorithms/table.js';
import { noble } from '../crypto/noble.js';
import { ProtectedDirection } from './protection.js';

test('Security: a direction gives one cipher, because a second would begin with the same nonce', () => {
  const names = { cipher: 'aes128-gcm@openssh.com', mac: undefined, compression: 'none' };
  const keys = { key: new Uint8Array(16), iv: new Uint8Array(12), macKey: new Uint8Array(0) };
  const direction = new ProtectedDirection(names, keys);
  direction.createCipher(noble, tables);
  expect(() => direction.createCipher(noble, tables)).toThrow('made once');
});

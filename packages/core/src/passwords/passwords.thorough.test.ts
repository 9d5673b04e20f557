/** A hash as it is made by default: its parameters are there to take time. */
import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './index.js';

test('what is made can be compared with, and is what others make of it', async () => {
  const hash = await hashPassword('correct horse');
  expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  const [salt, key] = hash.split('$').slice(3);
  const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
  expect(scryptSync('correct horse', Buffer.from(salt!, 'base64'), 32, cost)).toEqual(Buffer.from(key!, 'base64'));
});

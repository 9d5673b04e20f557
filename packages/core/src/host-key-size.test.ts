/** RSA keys: 2048 to 8192 bits for users, 3072 and more for hosts, unless an option says otherwise. */
import { expect, test } from 'vitest';
import { accept, connect, ConfigurationError, createServer, generateKey, HostKeyError } from './index.js';
import { memoryLinks } from './testing/index.js';

const weak = await generateKey('ssh-rsa', { bits: 2048 });

/** Connects to a server whose host key has 2048 bits. */
async function visit(requiredRsaSize?: number) {
  const users: string[] = [];
  const authorizedKeys = ({ user }: { readonly user: string }) => {
    users.push(user);
    return accept;
  };
  const server = createServer({ hostKeys: [weak], requiredRsaSize: 2048, hooks: { authorizedKeys } });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const judged: string[] = [];
  const connected = connect(near, {
    user: 'u',
    verifyHostKey: ({ algorithm }) => judged.push(algorithm) > 0,
    credentials: [{ method: 'publickey', key: weak }],
    ...(requiredRsaSize === undefined ? {} : { requiredRsaSize }),
  });
  return { connected, judged, users };
}

test('a client refuses a host key of 2048 bits before anyone is asked, and says why', async () => {
  const { connected, judged, users } = await visit();
  await expect(connected).rejects.toThrow(HostKeyError);
  await expect(connected).rejects.toThrow('the RSA host key has 2048 bits, and requiredRsaSize asks for 3072');
  expect([judged, users]).toEqual([[], []]);
});

test('where it is told to it takes one, and users have such keys anyway', async () => {
  const { connected, judged, users } = await visit(2048);
  (await connected).close();
  expect(judged).toEqual(['rsa-sha2-512']);
  expect(users.length).toBeGreaterThan(0);
});

test('a server is not made with a host key that clients refuse', async () => {
  expect(() => createServer({ hostKeys: [weak] })).toThrow(ConfigurationError);
  const server = createServer({ hostKeys: () => [weak] });
  await expect(server.hostKeys()).rejects.toThrow('2048 bits');
});

test.each([0, 2047, 8193, 3072.5, Number.NaN])('requiredRsaSize: %d is no size', (requiredRsaSize) => {
  expect(() => createServer({ requiredRsaSize })).toThrow(ConfigurationError);
});

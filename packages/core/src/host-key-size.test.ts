/** Host keys: RSA needs 3072 bits, 2048 for users, unless an option says otherwise; also what is offered. */
import { expect, test } from 'vitest';
import { accept, connect, ConfigurationError, createServer, generateKey, HostKeyError } from './index.js';
import { memoryLinks } from './testing/index.js';

const weak = await generateKey('ssh-rsa', { bits: 2048 });

/** Connects to a server with a 2048-bit host key. */
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

test('a server with no host key for what it offers is not made, made ready or changed to that', async () => {
  const algorithms = 'green';
  const sentence = 'no host key is for what "algorithms" offers: ssh-ed25519,sk-ssh-ed25519@openssh.com';
  expect(() => createServer({ hostKeys: [weak], requiredRsaSize: 2048, algorithms })).toThrow(sentence);
  // It would make its own key, which is Ed25519.
  await expect(createServer({ algorithms: { hostKeys: 'rsa-*' } }).ready()).rejects.toThrow(ConfigurationError);
  const ours = await generateKey('ssh-ed25519');
  const server = createServer({ hostKeys: [weak, ours], requiredRsaSize: 2048, algorithms });
  expect(() => server.setHostKeys([weak])).toThrow(sentence);
  expect(await server.hostKeys()).toHaveLength(2);
});

test.each([0, 2047, 8193, 3072.5, Number.NaN])('requiredRsaSize: %d is no size', (requiredRsaSize) => {
  expect(() => createServer({ requiredRsaSize })).toThrow(ConfigurationError);
});

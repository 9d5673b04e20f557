/** Each of the three limits of a rekey, in each role, while data flows both ways. */
import { expect, test } from 'vitest';
import type { Signer } from './algorithms/algorithm.js';
import { equalBytes } from './crypto/provider.js';
import { ConfigurationError } from './errors.js';
import { generateKey } from './keys/index.js';
import { createServer } from './server/create-server.js';
import { ManualClock, none, pair, type Pair, type PairOptions } from './testing/index.js';
import type { RekeyLimits } from './transport/rekey.js';

const key = await generateKey('ssh-ed25519');
const hooks = { none: () => ({ verdict: 'accept' as const }) };

/** A pair whose server counts its exchanges, by signatures, and echoes. */
async function counted(options: PairOptions = {}): Promise<Pair & { exchanges(): number }> {
  let signatures = 0;
  const { publicKey, algorithms } = key;
  const signer: Signer = {
    publicKey,
    algorithms,
    sign: (name, data) => {
      signatures += 1;
      return key.sign(name, data);
    },
  };
  const both = await pair({
    ...options,
    server: {
      hostKeys: [signer],
      hooks,
      session: async (session) => {
        for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
          await session.write(chunk);
        return 0;
      },
      ...options.server,
    },
  });
  return { ...both, exchanges: () => signatures };
}

const roles = ['client', 'server'] as const;

const limits = [
  // The data is eight times one limit each way, and a little more than the other. What is in transit while keys change
  // is under the old ones.
  { rekey: { bytes: 64 * 1024 }, size: 2 ** 19, least: { client: 8, server: 3 } },
  { rekey: { packets: 64 }, size: 5 * 2 ** 19, least: { client: 2, server: 2 } },
];

test.each(roles.flatMap((role) => limits.map((limit) => ({ role, ...limit }))))(
  'the limit $rekey of the $role',
  async ({ role, rekey, size, least }) => {
    // The cipher does not matter, only the number and size of packets.
    const algorithms = { rows: [none], ciphers: 'none', macs: 'none' };
    const ends = { server: { algorithms }, client: { algorithms } };
    const { client, exchanges } = await counted({ ...ends, [role]: { algorithms, rekey } });
    const stdin = new Uint8Array(size).map((_, index) => index * 7);
    const { stdout } = await client.exec('echo', { stdin });
    expect(equalBytes(stdout, stdin)).toBe(true);
    expect(exchanges()).toBeGreaterThanOrEqual(least[role]);
  },
);

test.each(roles)('the %s’s limit of time, with no other traffic', async (role) => {
  const clock = new ManualClock();
  const { client, exchanges } = await counted({ [role]: { clock, rekey: { milliseconds: 60_000 } } });
  await client.ping();
  clock.advance(59_999);
  await client.ping();
  expect(exchanges()).toBe(1);
  clock.advance(1);
  await client.exec('echo');
  expect(exchanges()).toBe(2);
  // The age is that of the new keys.
  clock.advance(59_000);
  await client.exec('echo');
  expect(exchanges()).toBe(2);
  clock.advance(1000);
  await client.exec('echo');
  expect(exchanges()).toBe(3);
});

test('keys that nobody has used since the last rekey are left', async () => {
  const clock = new ManualClock();
  const { client, exchanges } = await counted({ server: { clock, rekey: { milliseconds: 60_000 } } });
  for (let hour = 0; hour < 5; hour += 1) {
    clock.advance(3_600_000);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => void setTimeout(resolve, 0));
  }
  expect(exchanges()).toBe(2);
  client.close();
});

test.each<[Partial<RekeyLimits>]>([[{ bytes: 1 }], [{ packets: 2 ** 32 }], [{ milliseconds: Infinity }]])(
  '%o is refused by both roles',
  async (rekey) => {
    expect(() => createServer({ rekey })).toThrow(ConfigurationError);
    await expect(pair({ client: { rekey } })).rejects.toThrow(ConfigurationError);
  },
);

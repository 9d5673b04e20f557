/** From a name to the address that is dialled. */
import { describe, expect, test } from 'vitest';
import { parseHostPort } from '../net/destination.js';
import { parseNetworks } from '../net/networks.js';
import { parseAllowedDestinations } from './allowed-destinations.js';
import { resolveAllowed, type Resolver } from './resolve.js';

const PUBLIC = '93.184.216.34';

/** Resolves `text` with `allowed` and `networks` listed; names resolve to `answers`, one list after the other. */
async function resolve(
  text: string,
  allowed: readonly string[],
  answers: readonly (readonly string[])[] = [[PUBLIC]],
  networks: readonly string[] = [],
): Promise<{ readonly addresses: readonly string[] | string; readonly questions: number }> {
  let questions = 0;
  const resolver: Resolver = async () => answers[Math.min(questions++, answers.length - 1)] ?? [];
  const destination = parseHostPort(text);
  if (destination === undefined) throw new Error(`${text} is none`);
  const policy = { allowed: parseAllowedDestinations(allowed), networks: parseNetworks(networks) };
  const addresses = await resolveAllowed(destination, policy, resolver).catch((error: Error) => error.message);
  return { addresses, questions };
}

const refused = expect.stringMatching(/^target failed: /);

test('a name is resolved once: a later answer is not dialled', async () => {
  expect(await resolve('git.good.test:22', ['git.good.test:22'], [[PUBLIC], ['127.0.0.1']])).toEqual({
    addresses: [PUBLIC],
    questions: 1,
  });
});

test('of the addresses of a name only those that may be reached are left', async () => {
  const answers = [['127.0.0.1', PUBLIC, '::1', '2606:4700::1111']];
  expect((await resolve('git.good.test:22', ['*.good.test:22'], answers)).addresses).toEqual([
    PUBLIC,
    '2606:4700::1111',
  ]);
});

test('of many addresses four are tried', async () => {
  const many = [1, 2, 3, 4, 5, 6].map((number) => `93.184.216.${number}`);
  expect((await resolve('git.good.test:22', ['*.good.test:22'], [many])).addresses).toEqual(many.slice(0, 4));
});

describe('a name that leads into a network that is not the public Internet is refused', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    'not an address',
  ])('%s', async (address) => {
    const { addresses } = await resolve('git.good.test:22', ['git.good.test:22'], [[address]]);
    expect(addresses).toEqual(refused);
  });
});

test('unless that network, or the address itself, is listed', async () => {
  expect((await resolve('db.good.test:22', ['db.good.test:22'], [['10.1.2.3']], ['10.1.0.0/16'])).addresses).toEqual([
    '10.1.2.3',
  ]);
  expect((await resolve('10.1.2.3:22', ['10.0.0.0/8:22'])).addresses).toEqual(['10.1.2.3']);
  expect((await resolve('[fd00::1]:22', ['[fd00::]/8:22'])).addresses).toEqual(['fd00::1']);
  expect((await resolve('10.1.2.3:23', ['10.0.0.0/8:22'])).addresses).toEqual(refused);
});

test.each([
  ['other.test:22', ['git.good.test:22']],
  ['git.good.test:23', ['git.good.test:22']],
  ['good.test:22', ['*.good.test:22']],
  ['evilgood.test:22', ['*.good.test:22']],
  ['git.good.test.evil.test:22', ['git.good.test:22', '*.good.test:22']],
  // A network lists addresses, not names that lead there.
  ['git.good.test:22', ['93.0.0.0/8:22']],
])('%s is not in %j, and nobody is asked', async (text, allowed) => {
  expect(await resolve(text, allowed)).toEqual({ addresses: refused, questions: 0 });
});

test.each([
  'host',
  'host:',
  ':22',
  'host:0',
  'host:65536',
  'a b:22',
  '0177.0.0.1:22',
  '2130706433:22',
  '0x7f.0x1:22',
  '[::1%eth0]:22',
  '[1.2.3.4]:22',
])('"%s" is no HOST:PORT', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});

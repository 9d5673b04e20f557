/** ssh_config(5): our reading of algorithm lists equals OpenSSH's, as `ssh -G` shows it, except for what we refuse. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readList } from '../../packages/core/src/algorithms/list.js';
import { isMissing } from './processes.js';

/** The ssh_config option, what `ssh -Q` calls it, and lists to read. OpenSSH accepts wildcards after `-`, and for host keys. */
const CASES = [
  {
    option: 'Ciphers',
    query: 'cipher',
    lists: [
      'aes256-ctr,aes128-gcm@openssh.com,aes256-ctr',
      '+aes256-cbc,3des-cbc',
      '+aes256-ctr',
      '-aes*',
      '-aes???-ctr,3des-cbc',
      '-*-ctr,!aes256-ctr',
      '^aes256-ctr,3des-cbc,aes256-ctr',
      '-chacha20-poly1305@openssh.com',
    ],
  },
  {
    option: 'MACs',
    query: 'mac',
    lists: ['hmac-sha2-512', '+hmac-md5', '-umac-*,*-sha1*', '^hmac-sha2-512-etm@openssh.com,hmac-md5', '-hmac-sha?'],
  },
  {
    option: 'KexAlgorithms',
    query: 'kex',
    lists: ['curve25519-sha256', '+diffie-hellman-group1-sha1', '-ecdh-*,diffie-hellman-*', '^ecdh-sha2-nistp521'],
  },
  {
    option: 'HostKeyAlgorithms',
    query: 'HostKeyAlgorithms',
    lists: [
      'ecdsa-*,ssh-ed25519',
      '*',
      '+ssh-*',
      '^rsa-sha2-*,ssh-rsa',
      '-*-cert-v01@openssh.com',
      '*ed25519,rsa-sha2-???',
      '-*,!ssh-ed25519,!rsa*',
    ],
  },
];

const REFUSED = [
  ['Ciphers', 'cipher', 'aes256-ctr,aes512-ctr'],
  ['Ciphers', 'cipher', '+'],
  ['Ciphers', 'cipher', '!aes256-ctr'],
  ['HostKeyAlgorithms', 'HostKeyAlgorithms', 'nothing-*'],
  ['KexAlgorithms', 'kex', '^nothing'],
] as const;

/** What OpenSSH accepts, although it keeps what the user meant to remove. */
const STRICTER = ['-aes128-ctr,-aes256-ctr', '-aes128-ctr,aes512-ctr', '-AES*', '-!aes256-ctr'];

/** The names that `ssh -G` prints for an option; undefined if it refuses. */
function configured(option: string, list?: string): readonly string[] | undefined {
  const words = list === undefined ? [] : ['-o', `${option}=${list}`];
  const { status, stdout } = spawnSync('ssh', ['-G', '-F', 'none', ...words, 'host'], { encoding: 'utf8' });
  const line = stdout.split('\n').find((text) => text.startsWith(`${option.toLowerCase()} `));
  return status === 0 ? line?.slice(option.length + 1).split(',') : undefined;
}

function available(query: string): readonly string[] {
  return spawnSync('ssh', ['-Q', query], { encoding: 'utf8' }).stdout.trim().split('\n');
}

describe.skipIf(isMissing('ssh'))('ssh -G', () => {
  describe.each(CASES)('$option', ({ option, query, lists }) => {
    test.each(lists)('%s', (list) => {
      const context = { what: option, base: configured(option) ?? [], available: available(query), others: '' };
      expect(readList(list, context)).toEqual(configured(option, list));
    });
  });

  test.each(REFUSED)('refuses, as we do, %s %s %s', (option, query, list) => {
    expect(configured(option, list)).toBeUndefined();
    const context = { what: option, base: configured(option) ?? [], available: available(query), others: '' };
    expect(() => readList(list, context)).toThrow(option);
  });

  test.each(STRICTER)('takes Ciphers %s, and we do not', (list) => {
    expect(configured('Ciphers', list)).toContain('aes256-ctr');
    const context = { what: 'Ciphers', base: configured('Ciphers') ?? [], available: available('cipher'), others: '' };
    expect(() => readList(list, context)).toThrow('Ciphers');
  });
});

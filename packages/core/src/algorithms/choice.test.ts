/** The option `algorithms`: sets, lists, rows, directions, and what is refused. */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { aesCtr } from './aes-ctr.js';
import { chooseAlgorithms } from './choice.js';
import { algorithmSets } from './sets.js';
import * as table from './table.js';

const CHACHA = 'chacha20-poly1305@openssh.com';
const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';
const rows = [{ ciphers: { 'mine@example.com': aesCtr(16) } }];

describe('named sets', () => {
  test('a server offers no NIST ECDH and no finite-field group by default, a client every row there is', () => {
    const server = chooseAlgorithms('server', table).offer;
    expect(server.keyExchanges).toContain('curve25519-sha256');
    expect(server.keyExchanges.filter((name) => /nistp|diffie/.test(name))).toEqual([]);
    expect(chooseAlgorithms('client', table).offer.keyExchanges).toEqual(Object.keys(table.keyExchanges));
  });

  test('compatible is every row there is, in the order of the table', () => {
    const { tables, offer } = chooseAlgorithms('client', table, 'compatible');
    expect(tables).toEqual({ ...table });
    expect(offer.clientToServer.ciphers).toEqual(Object.keys(table.ciphers));
    expect(offer.hostKeys).toEqual(Object.keys(table.signatures).filter((name) => name !== WEBAUTHN));
  });

  test.each(['client', 'server'] as const)(
    'green, as a %s: post-quantum exchange, Ed25519, AEAD or encrypt-then-MAC',
    (side) => {
      const { offer } = chooseAlgorithms(side, table, 'green');
      expect(offer.keyExchanges.length).toBeGreaterThan(0);
      for (const name of offer.keyExchanges) expect(name).toMatch(/^(mlkem768|sntrup761)x25519-/);
      for (const name of offer.hostKeys) expect(name).toContain('ssh-ed25519');
      for (const name of offer.serverToClient.macs) expect(name).toMatch(/-etm@openssh.com$/);
    },
  );

  test.each(Object.keys(algorithmSets))('%s leaves something of every kind', (set) => {
    for (const side of ['client', 'server'] as const) {
      const { tables } = chooseAlgorithms(side, table, set as keyof typeof algorithmSets);
      for (const rowsOfKind of Object.values(tables)) expect(Object.keys(rowsOfKind).length).toBeGreaterThan(0);
    }
  });
});

describe('what a runtime does badly', () => {
  const runtime = { keyExchanges: '-diffie-hellman-*', ciphers: `-${CHACHA}` };
  const ciphersOf = (option?: Parameters<typeof chooseAlgorithms>[2]): readonly string[] =>
    chooseAlgorithms('server', table, option, runtime).offer.serverToClient.ciphers;
  const others = Object.keys(table.ciphers).filter((name) => name !== CHACHA);

  test.each(['default', 'green'] as const)('is not in %s', (set) => {
    expect(ciphersOf(set)).toEqual(others);
    for (const side of ['client', 'server'] as const) {
      const { tables, offer } = chooseAlgorithms(side, table, set, runtime);
      expect(Object.keys(tables.ciphers)).toEqual(others);
      expect(offer.keyExchanges.filter((name) => name.startsWith('diffie-'))).toEqual([]);
    }
  });

  test('is the last in compatible where it is a cipher, and not in it where it is an exchange, which would hold up everybody', () => {
    expect(ciphersOf('compatible')).toEqual([...others, CHACHA]);
    const { keyExchanges } = chooseAlgorithms('server', table, 'compatible', runtime).offer;
    expect(keyExchanges).toEqual(Object.keys(table.keyExchanges).filter((name) => !name.startsWith('diffie-')));
  });

  test('is brought back by every list that names it', () => {
    expect(ciphersOf({ ciphers: `+${CHACHA}` })).toEqual([...others, CHACHA]);
    expect(ciphersOf({ ciphers: `^${CHACHA}` })).toEqual([CHACHA, ...others]);
    expect(ciphersOf({ ciphers: '*' })).toEqual(Object.keys(table.ciphers));
    expect(ciphersOf({ ciphers: { clientToServer: CHACHA } })).toEqual(others);
    expect(ciphersOf({ ciphers: { serverToClient: CHACHA } })).toEqual([CHACHA]);
    expect(ciphersOf({ ciphers: { [CHACHA]: table.ciphers[CHACHA] } })).toEqual([CHACHA]);
  });

  test.each([
    [{ ciphers: '-chacha20' }, 'the provider\'s ciphers: there is no "chacha20" in "aes128-gcm'],
    [{ ciphers: '-*' }, 'the provider\'s ciphers: the list "-*" leaves nothing of "aes128-gcm'],
    [{ keyExchanges: '-*25519*' }, 'keyExchanges: the provider does nothing of the set well; choose another set'],
  ])('%j of a provider is refused', (lists, sentence) => {
    const choose = (): unknown => chooseAlgorithms('server', table, 'green', lists);
    expect(choose).toThrow(ConfigurationError);
    expect(choose).toThrow(sentence);
  });

  test('may be all of a set where a list says what to offer', () => {
    const option = { set: 'green', keyExchanges: 'ecdh-sha2-nistp256' } as const;
    const { offer } = chooseAlgorithms('server', table, option, { keyExchanges: '-*25519*' });
    expect(offer.keyExchanges).toEqual(['ecdh-sha2-nistp256']);
  });

  test('and what it does best comes first', () => {
    const { offer } = chooseAlgorithms('client', table, 'default', { ciphers: `^${CHACHA}` });
    expect(offer.clientToServer.ciphers).toEqual([CHACHA, ...others]);
  });
});

describe('lists', () => {
  test('change the set', () => {
    const { offer } = chooseAlgorithms('server', table, {
      set: 'green',
      keyExchanges: '+ecdh-sha2-nistp256',
      ciphers: `-${CHACHA}`,
    });
    expect(offer.keyExchanges.at(-1)).toBe('ecdh-sha2-nistp256');
    expect(offer.keyExchanges[0]).toMatch(/^(mlkem|sntrup)/);
    expect(offer.clientToServer.ciphers).toEqual(Object.keys(table.ciphers).filter((name) => name !== CHACHA));
  });

  test('hold for one direction where they say so', () => {
    const { offer, tables } = chooseAlgorithms('client', table, {
      ciphers: { clientToServer: 'aes256-ctr' },
      macs: { serverToClient: '*-512' },
    });
    expect(offer.clientToServer.ciphers).toEqual(['aes256-ctr']);
    expect(offer.serverToClient.ciphers).toEqual(Object.keys(table.ciphers));
    expect(offer.serverToClient.macs).toEqual(['hmac-sha2-512']);
    expect(offer.clientToServer.macs).toEqual(Object.keys(table.macs));
    expect(new Set(Object.keys(tables.ciphers))).toEqual(new Set(Object.keys(table.ciphers)));
  });

  test('what proves no host is offered for users alone, and no list changes that', () => {
    expect(chooseAlgorithms('client', table).tables.signatures).toHaveProperty([WEBAUTHN]);
    expect(() => chooseAlgorithms('client', table, { hostKeys: `+${WEBAUTHN}` })).toThrow(
      /hostKeys: there is no "webauthn/,
    );
  });

  test('host keys are some of the signatures, which users keep', () => {
    const { offer, tables } = chooseAlgorithms('client', table, { signatures: '-ecdsa-*', hostKeys: '^rsa-sha2-256' });
    expect(offer.hostKeys[0]).toBe('rsa-sha2-256');
    expect(offer.hostKeys.filter((name) => name.startsWith('ecdsa-'))).toEqual([]);
    expect(new Set(Object.keys(tables.signatures))).toEqual(new Set([...offer.hostKeys, WEBAUTHN]));
    const other = { signatures: '-ecdsa-*', hostKeys: 'ecdsa-sha2-nistp256' };
    expect(() => chooseAlgorithms('client', table, other)).toThrow(/hostKeys: there is no "ecdsa-sha2-nistp256"/);
  });
});

describe('rows of one’s own', () => {
  test('are offered where a list names them, and nowhere else', () => {
    expect(chooseAlgorithms('client', table, { rows }).offer.clientToServer.ciphers).not.toContain('mine@example.com');
    const { tables, offer } = chooseAlgorithms('client', table, { rows, ciphers: '^mine@*' });
    expect(offer.serverToClient.ciphers[0]).toBe('mine@example.com');
    expect(tables.ciphers['mine@example.com']).toBe(rows[0]?.ciphers['mine@example.com']);
  });

  test('may be one table of them', () => {
    const { offer } = chooseAlgorithms('client', table, { rows: rows[0]!, ciphers: 'mine@example.com' });
    expect(offer.clientToServer.ciphers).toEqual(['mine@example.com']);
  });

  test('stand in for rows of the same name', () => {
    const own = aesCtr(32);
    const { tables, offer } = chooseAlgorithms('client', table, { rows: [{ ciphers: { 'aes256-ctr': own } }] });
    expect(tables.ciphers['aes256-ctr']).toBe(own);
    expect(offer.clientToServer.ciphers).toEqual(Object.keys(table.ciphers));
  });

  test('in the place of a list are all that is offered', () => {
    const { tables, offer } = chooseAlgorithms('client', table, { ciphers: rows[0]!.ciphers });
    expect(Object.keys(tables.ciphers)).toEqual(['mine@example.com']);
    expect(offer.clientToServer.ciphers).toEqual(['mine@example.com']);
  });
});

test.each([
  [{ cipher: 'aes256-ctr' }, 'there is no "cipher" in algorithms; there are set, rows, keyExchanges'],
  ['gren', 'there is no "gren" in the sets of algorithms; there are default, compatible, green'],
  [{ set: 'toString' }, 'there is no "toString" in the sets of algorithms'],
  [{ ciphers: {} }, 'ciphers: give a list such as'],
  [{ ciphers: null }, 'ciphers: give a list such as'],
  [{ ciphers: { 'mine@example.com': null } }, 'ciphers: give a list such as'],
  [{ keyExchanges: { clientToServer: 'curve25519-*' } }, 'keyExchanges: give a list such as'],
  [{ signatures: { serverToClient: 'ssh-ed25519' } }, 'signatures: give a list such as'],
  [{ macs: 5 }, 'macs: give a list such as'],
  [{ macs: { clientToServer: 'hmac-md5' } }, 'macs: there is no "hmac-md5" in "hmac-sha2-256-etm@openssh.com,'],
  [
    { compressions: 'zlib' },
    'compressions: there is no "zlib" in "none"; "rows" brings others, of @nacre/core/legacy, /zlib',
  ],
  [{ hostKeys: 'ssh-rsa' }, 'these are some of "signatures"'],
  [{ hostKeys: ['ssh-ed25519'] }, 'hostKeys: give a list such as'],
  [{ ciphers: { clientToServer: ['aes256-ctr'] } }, 'ciphers: give a list such as'],
  [{ rows: null }, 'rows: null is no table of them'],
  [{ rows: [undefined] }, 'rows: undefined is no table of them'],
  [{ rows: { 'mine@example.com': {} } }, 'there is no "mine@example.com" in rows; there are '],
  [{ ciphers: ['aes256-ctr'] }, 'ciphers: give a list such as'],
  [{ ciphers: { clientToServer: 'aes256-ctr', toClient: 'aes256-ctr' } }, 'ciphers: give a list such as'],
])('%j is refused', (option, sentence) => {
  const choose = (): unknown => chooseAlgorithms('client', table, option as 'green');
  expect(choose).toThrow(ConfigurationError);
  expect(choose).toThrow(sentence);
});

/**
 * The hostile servers that need nothing specific to us, played to OpenSSH's and dropbear's clients as well. These may give a less precise
 * reason when they end a connection. What one side accepts and the other does not is listed in `differences`, with its reason.
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { fromSocket } from '@nacre/edge/node';
import { afterAll, describe, expect, test } from 'vitest';
import { clientExchangeValueCases, malformedReplyCases } from '../attacks/cases/client-exchange-values.js';
import { compressionClientCases } from '../attacks/cases/client-compression.js';
import { identClientCases } from '../attacks/cases/client-ident.js';
import { extInfoCases, prefixCases, rekeyClientCases, replyCases, strangerCases } from '../attacks/cases/client.js';
import { hostCertificateCases, legalHostCertificate } from '../attacks/cases/host-certificates.js';
import { HOST, hostKey, hostLine, start as startOurs, type ClientCase } from '../attacks/client-case.js';
import { RawServer } from '../attacks/raw-server.js';
import { eventually, PATIENCE } from '../attacks/subject.js';
import { memory } from '../attacks/wire.js';
import type { Abilities } from './matrix/cases.js';
import { probeClient } from './matrix/probe.js';
import { isMissing, start, temporaryFolder, type Cleanup, type Running } from './processes.js';

/** How long a client has to end what it is known not to end, in ms; for anything else there is `PATIENCE`. */
const SHORT_PATIENCE = 500;

const TARGET = '127.0.0.1';

interface Reference {
  readonly program: string;
  /** Starts it, with a home of its own, for a command of a user who needs no credentials. */
  readonly connect: (cleanup: Cleanup, home: string, port: number, knownHosts: string) => Promise<Running>;
  /** Whether it knows what a case says about hosts. */
  readonly understands: (knownHosts: string) => boolean;
  /** Messages that it sends under its keys before the server has confirmed them with its own NEWKEYS. */
  readonly early: readonly number[];
  /** Cases, by their names, that end differently from ours, and why. */
  readonly differences: readonly (readonly [names: RegExp, reason: string])[];
}

const ssh: Reference = {
  program: 'ssh',
  connect: async (cleanup, home, port, knownHosts) => {
    const file = join(home, 'known_hosts');
    await writeFile(file, knownHosts);
    const options = [
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${file}`,
      'GlobalKnownHostsFile=none',
      `HostKeyAlias=${HOST}`,
      'UpdateHostKeys=no',
      'BatchMode=yes',
      'IdentityAgent=none',
      'IdentityFile=none',
    ];
    const words = [
      '-F',
      'none',
      '-p',
      String(port),
      '-l',
      'secret-user',
      ...options.flatMap((option) => ['-o', option]),
    ];
    return start(cleanup, 'ssh', [...words, TARGET, 'cat']);
  },
  understands: () => true,
  early: [],
  differences: [
    [/^W01 .* of (258|256|an ident)/, 'it reads lines of up to 8 KiB'],
    [/^W03 a byte more/, 'it counts lines, of which it takes 1,024'],
    [/^W03 a control character/, 'it takes no NUL anywhere'],
    [/^W04 (an escape|a byte above)/, 'it judges only the beginning of an ident'],
    [/^W39b zlib: a stream split/, 'of a message that is ignored it takes as much as there is'],
    [/^C02 .* a group of no prime/, 'it asks a modulus for its size, and not for what it is'],
    [/^C02 a certificate for any host, by saying none/, 'it takes one without principals for any host'],
    [/^C04 EXT_INFO (that claims|three times)/, 'it answers UNIMPLEMENTED, and nothing comes of it'],
    [/^C04 server-sig-algs/, 'it looks for names that it knows in whatever it is told'],
    [/^W13 chacha20/, 'it leaves it to the other side to ask for strict key exchange'],
  ],
};

const dbclient: Reference = {
  program: 'dbclient',
  connect: async (cleanup, home, port, knownHosts) => {
    await mkdir(join(home, '.ssh'));
    // It looks a host up by the name that it was given.
    await writeFile(join(home, '.ssh', 'known_hosts'), knownHosts.replaceAll(HOST, TARGET));
    const words = ['-p', String(port), '-l', 'secret-user', TARGET, 'cat'];
    return start(cleanup, 'dbclient', words, { env: { HOME: home } });
  },
  // It knows no markers, and no certificates.
  understands: (knownHosts) => !knownHosts.includes('@'),
  early: [3, 5, 50],
  differences: [
    [/^W01 .* of (258|256|an ident)/, 'it reads longer lines'],
    [/^W03 a byte more/, 'it counts lines, of which it takes 50'],
    [/^W04 (NUL|an escape|CR|a byte above|no )/, 'it judges only the beginning of an ident'],
    [/^W39b zlib: a stream split/, 'of a message that is ignored it takes as much as there is'],
    [/^C01 (a host that nobody|the key of a host of)/, 'it asks whoever is at its terminal, and waits'],
    [/^C02 a byte after the signature/, 'it does not look behind what it has read'],
    [/^C02 rsa-sha2-256 where/, 'it has no rsa-sha2-512, so that nothing else could be negotiated'],
    [/^C03 a rekey with another host key of the same type/, 'it asks whose key it is in the first exchange only'],
    [/^C04 EXT_INFO three times/, 'it takes it whenever it comes'],
    [/^C04 server-sig-algs (with|that)/, 'it looks for names that it knows in whatever it is told'],
    [/^W13 chacha20/, 'it leaves it to the other side to ask for strict key exchange'],
  ],
};

const cases: readonly ClientCase[] = [
  ...identClientCases,
  ...strangerCases,
  ...replyCases,
  ...malformedReplyCases,
  ...clientExchangeValueCases,
  ...rekeyClientCases,
  ...extInfoCases,
  ...prefixCases,
  legalHostCertificate,
  ...hostCertificateCases,
  ...compressionClientCases,
].filter(([, , { isOurs }]) => isOurs !== true);

/** What cases may inspect; those played here do not. */
const { server: nobody, under: unused } = await startOurs(memory, 'as sent', {});
afterAll(() => {
  unused.client.close();
  nobody.close();
});

/** Until its keys are in use, a client sends only its half of the exchange. */
const BEFORE_KEYS = [20, 30, 1];

async function play([, end, options]: ClientCase, { connect }: Reference, cleanup: Cleanup, patience: number) {
  const listener = createServer({ noDelay: true, pauseOnConnect: true }).listen(0, TARGET);
  cleanup(() => void listener.close());
  await once(listener, 'listening');
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const key = options.server?.hostKey ?? hostKey;
  const { port } = listener.address() as AddressInfo;
  await connect(cleanup, await temporaryFolder(cleanup), port, options.knownHosts ?? hostLine(HOST, key));
  const [socket] = await accepted;
  const server = new RawServer(fromSocket(socket), { hostKey, ...options.server });
  cleanup(() => server.close());
  try {
    if (options.act === undefined) server.flush();
    else await options.act(server, unused);
    const isWell = (): boolean => server.numbers.includes(98);
    await eventually(() => server.end !== undefined || (end === undefined && isWell()), 'the end', patience);
  } catch (error) {
    // What a case does after the point at which another client has given up, and what never ends.
    if (server.end === undefined && patience === PATIENCE) throw error;
  }
  return server;
}

/** Whether a client has everything that a case needs; without it, the case would end for another reason. */
function isAble({ keyExchanges, ciphers, compressions }: Abilities, [, , { server = {} }]: ClientCase): boolean {
  const { keyExchange = 'curve25519-sha256', cipher = 'aes128-ctr', compression = 'none' } = server;
  return keyExchanges.includes(keyExchange) && ciphers.includes(cipher) && compressions.includes(compression);
}

async function abilitiesOf({ connect }: Reference): Promise<Abilities> {
  return probeClient(async (port, cleanup) => connect(cleanup, await temporaryFolder(cleanup), port, ''));
}

for (const reference of [ssh, dbclient]) {
  const { program, understands, early, differences } = reference;
  const abilities = isMissing(program) ? undefined : await abilitiesOf(reference);
  const rows = cases
    .filter(([, , { knownHosts = '' }]) => understands(knownHosts))
    .filter((row) => abilities === undefined || isAble(abilities, row))
    .map((row) => ({ row, difference: differences.find(([names]) => names.test(row[0])) }));
  const alike = rows.flatMap(({ row, difference }) => (difference === undefined ? [row] : []));
  const different = rows.flatMap(({ row, difference }) =>
    difference === undefined ? [] : [[`${row[0]}: ${difference[1]}`, row] as const],
  );

  describe.skipIf(abilities === undefined)(program, () => {
    test.concurrent.for(alike)('%s', async (row, { onTestFinished }) => {
      const [, end, { sends = [] }] = row;
      const server = await play(row, reference, onTestFinished, PATIENCE);
      if (end === undefined) expect(server.end).toBe(undefined);
      else expect([end, 2, 3, 'closed']).toContain(server.end);
      const isLoggedIn = sends.includes(50);
      const mayBeSent = [...BEFORE_KEYS, ...sends, ...(sends.includes(21) ? early : [])];
      expect(server.numbers.filter((number) => !isLoggedIn && !mayBeSent.includes(number))).toEqual([]);
    });

    test.concurrent.for(different)('not as here: %s', async ([, row], { onTestFinished }) => {
      const patience = row[1] === undefined ? PATIENCE : SHORT_PATIENCE;
      const { end } = await play(row, reference, onTestFinished, patience);
      if (row[1] === undefined) expect(end).not.toBe(undefined);
      else expect(end).toBe(undefined);
    });

    test('each difference is one of a case that is played', () => {
      expect(differences.filter(([names]) => !rows.some(({ row }) => names.test(row[0])))).toEqual([]);
    });
  });
}

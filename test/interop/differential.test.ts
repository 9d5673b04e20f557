/**
 * The attack cases that need nothing specific to us, played to OpenSSH's sshd and to dropbear as well. These may say less (DISCONNECT 2,
 * or nothing) where we give a finer reason. What one side accepts and the other does not is listed in `differences`, with its reason.
 */
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { Case } from '../attacks/case.js';
import { bitFlipCases } from '../attacks/cases/bit-flips.js';
import { hybridCases, x25519Cases } from '../attacks/cases/exchange-values.js';
import { FINITE_FIELDS, finiteFieldCases } from '../attacks/cases/finite-field.js';
import { compressionCases } from '../attacks/cases/compression.js';
import { groupExchangeCases } from '../attacks/cases/group-exchange.js';
import { identCases } from '../attacks/cases/ident.js';
import { kexinitCases } from '../attacks/cases/kexinit.js';
import { nistCurveCases } from '../attacks/cases/nist-curves.js';
import { CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from '../attacks/cases/packets.js';
import { rekeyCases } from '../attacks/cases/rekey.js';
import { sntrup761Cases } from '../attacks/cases/sntrup761.js';
import { strictCases } from '../attacks/cases/strict.js';
import { windowCases } from '../attacks/cases/windows.js';
import { dialTcp } from '../attacks/network.js';
import { RawPeer, subject, type End } from '../attacks/raw-peer.js';
import { eventually, PATIENCE } from '../attacks/subject.js';
import type { Abilities } from './matrix/cases.js';
import { probeServer } from './matrix/probe.js';
import { isMissing, type Cleanup } from './processes.js';
import { canRunServers, PASSWORD, startDropbear, startSshd, USER, type StockServer } from './stock-servers.js';

/** How long a server has to end what it is known not to end, in ms; for anything else there is `PATIENCE`. */
const SHORT_PATIENCE = 300;

interface Reference {
  readonly program: string;
  readonly start: (cleanup: Cleanup) => Promise<StockServer>;
  /** Cases, by their names, that end differently from ours, and why. */
  readonly differences: readonly (readonly [names: RegExp, reason: string])[];
}

const sshd: Reference = {
  program: 'sshd',
  start: (cleanup) => startSshd(cleanup, [`KexAlgorithms +${FINITE_FIELDS.map(([name]) => name).join(',')}`]),
  differences: [
    [/^W01 an ident of 25[68]|^W02 no more than/, 'it reads lines of up to 8 KiB'],
    [/^W04 (an escape|a byte above)/, 'it judges only the beginning of an ident'],
    [/^W05 .* right after its fourth byte/, 'it reads a whole block before it judges its length'],
    [/^W08 two commas at the end/, 'it passes over empty names'],
    [/^W09b IGNORE/, 'it skips whatever follows a wrong guess, strict or not'],
    [/^W13 chacha20/, 'it leaves it to the other side to ask for strict key exchange'],
    [/^W14 .* before NEWKEYS, though/, 'it answers UNIMPLEMENTED, and nothing comes of it'],
    [/^W15 EXT_INFO (in|after|that|twice)/, 'it takes none from clients: UNIMPLEMENTED'],
    [/^W16 NEWKEYS again/, 'it answers UNIMPLEMENTED'],
    [/^W17 .* with the top bit/, 'it counts the top bit, which RFC 7748 §5 has ignored: to it these are other points'],
    [/^W21 n and max of FFFFFFFF/, 'it takes what is above its own largest group to mean that'],
    [
      /^W33 (channel data|a channel|a global|a window|an authentication|a service|EXT_INFO|a second)/,
      'releases before 2026 handle what comes within a rekey, or answer UNIMPLEMENTED',
    ],
    [/^W36 data over the maximum packet/, 'it logs that, and counts only the window'],
  ],
};

const dropbear: Reference = {
  program: 'dropbear',
  start: startDropbear,
  differences: [
    [/^W01 an ident of 25[68]/, 'it reads longer lines'],
    [/^W04 (NUL|an escape|CR|a byte above|no )/, 'it judges only the beginning of an ident'],
    [/^W05 .* right after its fourth byte/, 'it reads a whole block before it judges its length'],
    [
      /^W0[56] (packet_length|a packet_length|a packet of more).*chacha20/,
      'it reads a whole block before it judges its length',
    ],
    [/^W06 a padding_length of 3 \[/, 'it does not ask for the least padding'],
    [/^(the largest|W05 a packet of 256 KiB)/, 'it takes no larger payload than 32 KiB'],
    [/^W07 a byte too many/, 'it does not look behind what it has read'],
    [/^W08 two commas at the end/, 'it passes over empty names'],
    [/^W11 (IGNORE|UNIMPLEMENTED|DEBUG|EXT_INFO) before NEWKEYS/, 'it is strict up to its own NEWKEYS only'],
    [/^W13 chacha20/, 'it leaves it to the other side to ask for strict key exchange'],
    [/^W15 EXT_INFO (in|after|that|twice)/, 'it takes none from clients: UNIMPLEMENTED'],
    [/^W16 INIT twice|^W33 (EXT_INFO|NEWKEYS)/, 'it answers UNIMPLEMENTED'],
    [/^W20 e is 2 (with|behind)/, 'it takes numbers with zeros in front'],
    [/^W36 a window of more than/, 'it goes on with a window of its own largest size'],
  ],
};

/** Whether a server has everything that a case needs; without it, the case would end for another reason. */
function isAble(abilities: Abilities, [, , , options]: Case): boolean {
  const { keyExchange = 'curve25519-sha256', cipher = 'aes128-ctr', mac, compression = 'none' } = options?.peer ?? {};
  const { keyExchanges, ciphers, macs, compressions } = abilities;
  const isPlayed = keyExchanges.includes(keyExchange) && ciphers.includes(cipher) && compressions.includes(compression);
  return isPlayed && (mac === undefined || macs.includes(mac));
}

/** What our server has to be told to offer and others offer by default. */
const withoutServer = ([name, act, end, { server: _server, ...options } = {}]: Case): Case => [name, act, end, options];

const cases: readonly Case[] = [
  ...identCases,
  ...plainPacketCases,
  ...CIPHER_CLASSES.flatMap(sealedPacketCases),
  ...CIPHER_CLASSES.flatMap(bitFlipCases),
  ...kexinitCases,
  ...x25519Cases,
  ...hybridCases,
  ...sntrup761Cases({ peer: { keyExchange: 'sntrup761x25519-sha512@openssh.com' } }),
  ...[
    ...nistCurveCases(nodeCrypto),
    ...FINITE_FIELDS.flatMap(finiteFieldCases),
    ...groupExchangeCases,
    ...compressionCases,
  ].map(withoutServer),
  ...strictCases,
  ...rekeyCases,
  ...windowCases,
].filter(([, , , options = {}]) => options.isOurs !== true && options.server === undefined);

/** What cases may inspect; those played here do not. */
const unused = await subject();

/** Servers count connections without a login against their address, so each peer has its own. */
let peers = 0;

async function play([, act, end, options]: Case, { port }: StockServer, patience: number): Promise<End> {
  peers += 1;
  const remoteAddress = `127.1.${peers >> 8}.${peers & 0xff}`;
  const peer = new RawPeer(await dialTcp(port, { remoteAddress }), {
    ...options?.peer,
    user: USER,
    password: PASSWORD,
  });
  try {
    await act(peer, unused);
    if (end === undefined) await peer.fence();
    else await eventually(() => peer.end !== undefined, 'the end', patience).catch(() => undefined);
  } catch (error) {
    // What a case does after the point at which another server has given up.
    if (peer.end === undefined) throw error;
  } finally {
    peer.close();
  }
  return peer.end;
}

const undo: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});

const isPossible = canRunServers && !isMissing('sshd', 'dropbear');

for (const { program, start, differences } of [sshd, dropbear]) {
  const server = isPossible ? await start((step) => void undo.push(step)) : undefined;
  const abilities = server && (await probeServer(server.port));
  const rows = cases
    .filter((row) => abilities === undefined || isAble(abilities, row))
    .map((row) => ({ row, difference: differences.find(([names]) => names.test(row[0])) }));
  const alike = rows.filter(({ difference }) => difference === undefined);
  const different = rows.flatMap(({ row, difference }) =>
    difference === undefined ? [] : [[`${row[0]}: ${difference[1]}`, row] as const],
  );

  describe.skipIf(server === undefined)(program, () => {
    test.each(alike.map(({ row }) => [row[0], row] as const))('%s', async (_name, row) => {
      const end = await play(row, server!, PATIENCE);
      if (row[2] === undefined) expect(end).toBe(undefined);
      else expect([row[2], 2, 'closed']).toContain(end);
    });

    // It takes a while to be sure that something does not happen: these wait together.
    test.concurrent.each(different)('not as here: %s', async (_name, row) => {
      const end = await play(row, server!, SHORT_PATIENCE);
      if (row[2] === undefined) expect(end).not.toBe(undefined);
      else expect(end).toBe(undefined);
    });

    test('each difference is one of a case that is played', () => {
      const unheard = differences.filter(([names]) => !rows.some(({ row }) => names.test(row[0])));
      expect(unheard).toEqual([]);
    });
  });
}

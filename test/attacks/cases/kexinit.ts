/** Group C, RFC 4253 §7.1: hostile KEXINITs. W07-W09b. */
import type { Case, CaseOptions } from '../case.js';
import { bytes, concat, str, uint32 } from '../bytes.js';
import { plain } from '../raw-packets.js';
import type { Kexinit } from '../raw-transport.js';

const HELLO = bytes('SSH-2.0-test\r\n');
const COOKIE = new Uint8Array(16);
const LISTS = [
  'curve25519-sha256',
  'ssh-ed25519',
  'aes128-ctr',
  'aes128-ctr',
  'hmac-sha2-256',
  'hmac-sha2-256',
  'none',
  'none',
  '',
  '',
].map(str);

/** Identification and a KEXINIT of `lists`. */
function opening(lists: readonly Uint8Array[], tail: readonly number[] = [0, 0, 0, 0, 0]): Uint8Array {
  return concat(HELLO, plain(concat([20], COOKIE, ...lists, tail)));
}

const malformed = (name: string, opened: Uint8Array): Case => [name, (peer) => peer.raw(opened), 2];

/** A KEXINIT with another list of exchanges. */
const withExchanges = (list: Uint8Array): Uint8Array => opening([str(list), ...LISTS.slice(1)]);

/** A well-formed KEXINIT, with which the exchange succeeds or does not. */
function changed(name: string, change: Partial<Kexinit>, end: Case[2]): Case {
  const kexinit = (legal: Kexinit): Kexinit => ({ ...legal, ...change });
  const act: Case[1] = end === undefined ? async (peer) => void (await peer.exchange()) : (peer) => peer.flush();
  return [name, act, end, { peer: { kexinit } }];
}

const both = (direction: 'encryption' | 'mac' | 'compression', names: readonly string[]): Partial<Kexinit> => ({
  [`${direction}AlgorithmsClientToServer`]: names,
  [`${direction}AlgorithmsServerToClient`]: names,
});

/** The server's first exchange is the one that the peer performs: a guess of it is right. */
const guessedExchange: CaseOptions['server'] = { algorithms: { keyExchanges: 'curve25519-sha256' } };

export const kexinitCases: readonly Case[] = [
  malformed(
    'W07 a list that claims 2^31-1 bytes',
    concat(HELLO, plain(concat([20], COOKIE, uint32(0x7fffffff), new Uint8Array(6)))),
  ),
  malformed('W07 a cookie only', concat(HELLO, plain(concat([20], COOKIE)))),
  malformed('W07 half a cookie', concat(HELLO, plain(concat([20], COOKIE.subarray(8))))),
  ...LISTS.map((_list, index) =>
    malformed(`W07 nothing after list ${index + 1}`, opening(LISTS.slice(0, index + 1), [])),
  ),
  malformed('W07 nothing reserved', opening(LISTS, [0])),
  malformed('W07 a byte too many', opening(LISTS, [0, 0, 0, 0, 0, 0])),
  malformed('W08 10,000 names', withExchanges(bytes('aa,'.repeat(9999) + 'aa'))),
  malformed('W08 a name of 20,000 bytes', withExchanges(new Uint8Array(20_000).fill(97))),
  malformed('W08 a name with NUL', withExchanges(bytes('a\0b'))),
  malformed('W08 a name with 255', withExchanges(concat(bytes('a'), [0xff], bytes('b')))),
  malformed('W08 an empty name', withExchanges(bytes('a,,b'))),
  malformed('W08 two commas at the end', withExchanges(bytes('curve25519-sha256,,'))),
  malformed('W08 nothing but a comma', withExchanges(bytes(','))),
  malformed('W08 a name of 65 bytes', withExchanges(new Uint8Array(65).fill(97))),
  [
    'W08 a comma at the end of the ciphers is legal, as libssh 0.10 has one',
    async (peer) => void (await peer.echo()),
    undefined,
    {
      peer: {
        kexinit: (legal) => ({
          ...legal,
          encryptionAlgorithmsClientToServer: [...legal.encryptionAlgorithmsClientToServer, ''],
          encryptionAlgorithmsServerToClient: [...legal.encryptionAlgorithmsServerToClient, ''],
        }),
      },
    },
  ],
  changed('W09 no exchange in common', { kexAlgorithms: ['foo@x'] }, 3),
  changed('W09 no exchange at all', { kexAlgorithms: [] }, 3),
  changed('W09 nothing but markers', { kexAlgorithms: ['ext-info-c', 'kex-strict-c-v00@openssh.com'] }, 3),
  changed('W09 ssh-dss', { serverHostKeyAlgorithms: ['ssh-dss'] }, 3),
  changed('W09 3des-cbc', both('encryption', ['3des-cbc']), 3),
  changed('W09 a cipher in one direction only', { encryptionAlgorithmsServerToClient: ['foo@x'] }, 3),
  changed('W09 hmac-md5 with aes-ctr', both('mac', ['hmac-md5']), 3),
  changed('W09 no MAC', both('mac', ['none']), 3),
  changed('W09 zlib only', both('compression', ['zlib']), 3),
  [
    'W09 an AEAD with unusable MACs is legal',
    async (peer) => void (await peer.exchange()),
    undefined,
    { peer: { cipher: 'aes128-gcm@openssh.com', kexinit: (legal) => ({ ...legal, ...both('mac', ['hmac-md5']) }) } },
  ],
  [
    'W09b exactly one packet of a wrong guess is skipped',
    async (peer) => void (await peer.echo()),
    undefined,
    { peer: { kexinit: guessing, guess: concat([30], str('junk')) } },
  ],
  [
    'W09b a wrong guess of the host key alone is one too',
    async (peer) => void (await peer.echo()),
    undefined,
    {
      server: guessedExchange,
      peer: {
        kexinit: (legal) => ({ ...legal, serverHostKeyAlgorithms: ['rsa-sha2-512', 'ssh-ed25519'] }),
        guess: concat([30], str('junk')),
      },
    },
  ],
  [
    'W09b a right guess is not skipped',
    async (peer) => void (await peer.echo()),
    undefined,
    { server: guessedExchange, peer: { kexinit: (legal) => ({ ...legal, firstKexPacketFollows: true }) } },
  ],
  [
    'W09b IGNORE in the place of the guess',
    (peer) => peer.flush(),
    2,
    { peer: { kexinit: guessing, guess: concat([2], str('junk')) } },
  ],
  [
    'W09b a second wrong guess is not skipped',
    (peer) => {
      peer.flush();
      peer.send([30], str('junk'));
    },
    3,
    { peer: { kexinit: guessing, guess: concat([30], str('junk')), leavesExchange: true } },
  ],
];

function guessing(legal: Kexinit): Kexinit {
  return { ...legal, kexAlgorithms: ['foo@x', ...legal.kexAlgorithms] };
}

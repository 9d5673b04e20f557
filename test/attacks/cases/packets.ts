/** Group B, RFC 4253 §6: hostile packets, in plaintext and under the keys of each class of ciphers. W05, W06. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';
import { expect } from 'vitest';
import type { Case, CaseOptions } from '../case.js';
import { bytes, concat, hex, readUint32, str, uint32 } from '../bytes.js';
import { plain, RawSealer } from '../raw-packets.js';
import { settle, turn, type RawOptions, type RawPeer } from '../raw-peer.js';

const HELLO = bytes('SSH-2.0-test\r\n');
const LENGTHS = ['00000000', '00000001', '00000004', '000088B9', '00040001', '7FFFFFFF', '80000000', 'FFFFFFFF'];
/** In whole blocks, so that only their size is wrong: just above 35,000, and the largest with and without a sign. */
const WHOLE_LENGTHS = ['000088BC', '7FFFFFFC', 'FFFFFFFC'];
const IGNORE = concat([2], str('hello'));

const OF_LENGTH = { says: /^packet_length \d+ is not acceptable/ };
const OF_PADDING = { says: /^padding_length does not fit/ };

/** Before the first keys: the error is named. */
export const plainPacketCases: readonly Case[] = [
  ...[...LENGTHS, ...WHOLE_LENGTHS].map((length): Case => [
    `W05 packet_length ${length} ends the connection right after its fourth byte`,
    async (peer) => {
      peer.raw(HELLO);
      await peer.until(() => peer.received.length > 0, 'KEXINIT');
      await claims(peer, hex(length));
    },
    2,
    OF_LENGTH,
  ]),
  ...(
    [
      ['a packet_length of 13', 13, 4, OF_LENGTH],
      ['a padding_length of 3', 12, 3, OF_PADDING],
      ['a padding_length as long as the packet', 12, 12, OF_PADDING],
      ['a padding_length of 255 in 12 bytes', 12, 255, OF_PADDING],
      ['no payload', 12, 11, OF_PADDING],
    ] as const
  ).map(([name, length, padding, options]): Case => [
    `W06 ${name}`,
    (peer) => peer.raw(concat(HELLO, uint32(length), [padding], new Uint8Array(12))),
    2,
    options,
  ]),
  [
    'W06 a packet that never becomes whole',
    (peer) => {
      peer.raw(concat(HELLO, uint32(28), [4]));
      peer.endInput();
    },
    'closed',
  ],
  [
    'W06 the whole packet is padding of a legal length',
    (peer) => peer.raw(concat(HELLO, plain(new Uint8Array(0)))),
    2,
    OF_PADDING,
  ],
];

/** What may be allocated for a packet of which only the length has arrived, in bytes: DISCONNECT takes some, the smallest excessive one of `LENGTHS` far more. */
const MAXIMUM_SET_ASIDE = 16 * 1024;

/** Sends a claimed length, and checks that nobody believes it: in memory, because the buffers of sockets, 64 KiB each, would hide it. */
async function claims(peer: RawPeer, chunk: Uint8Array): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  peer.raw(chunk);
  await settle();
  const setAside = process.memoryUsage().arrayBuffers - before;
  if (peer.isInMemory) expect(setAside).toBeLessThan(MAXIMUM_SET_ASIDE);
}

/** A length of payload with which `padding` bytes of padding fill whole blocks. */
function fitting(peer: RawPeer, padding: number): number {
  const { cipher } = peer.transport.sealer;
  const counted = 5 + padding - (cipher?.lengthIsApart === true ? 4 : 0);
  const block = Math.max(8, cipher?.blockLength ?? 8);
  return 4 * block - (counted % block);
}

/** The first length from `least` on that fills whole blocks. */
function wholeBlocks(peer: RawPeer, least: number): number {
  const { cipher } = peer.transport.sealer;
  const block = Math.max(8, cipher?.blockLength ?? 8);
  const apart = cipher?.lengthIsApart === true ? 0 : 4;
  return Math.ceil((least + apart) / block) * block - apart;
}

/** SSH_MSG_IGNORE in a payload of `length` bytes. */
const ignore = (length: number): Uint8Array => concat([2], str(new Uint8Array(length - 5)));

/** A packet with a false length, cut after what has to be read to know it. */
function forgedHead(peer: RawPeer, packetLength: number): Uint8Array {
  const { cipher } = peer.transport.sealer;
  return peer.seal(new Uint8Array(64), { packetLength }).subarray(0, cipher!.headLength);
}

/** Sends long data in pieces: a queue of so many single bytes would be the test's own doing. */
async function trickle(peer: RawPeer, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length; start += 4096) {
    peer.raw(chunk.subarray(start, start + 4096));
    await turn();
  }
}

type Act = (peer: RawPeer) => Promise<void> | void;

/** Sealed with the right keys, and wrong: whatever the fault, the end is DISCONNECT 5, so that nothing can be learnt from it. */
const forgeries: readonly (readonly [name: string, act: Act])[] = [
  ...LENGTHS.map((length): readonly [string, Act] => [
    `W05 packet_length ${length} ends the connection as soon as it can be read`,
    (peer) => claims(peer, forgedHead(peer, readUint32(hex(length), 0))),
  ]),
  ['W06 a packet_length that is no whole blocks', (peer) => peer.raw(forgedHead(peer, 61))],
  ['W06 a padding_length of 3', (peer) => peer.raw(peer.seal(ignore(fitting(peer, 3)), { padding: 3 }))],
  ['W06 a padding_length as long as the packet', (peer) => peer.raw(peer.seal(ignore(16), { paddingLength: 32 }))],
  ['W06 a padding_length of 255 in a short packet', (peer) => peer.raw(peer.seal(ignore(16), { paddingLength: 255 }))],
  ['W06 no payload', (peer) => peer.raw(peer.seal(new Uint8Array(0)))],
  [
    'a packet sent twice',
    (peer) => {
      const packet = peer.seal(IGNORE);
      peer.raw(concat(packet, packet, new Uint8Array(64)));
    },
  ],
  [
    'a packet left out',
    (peer) => {
      peer.seal(IGNORE);
      peer.raw(concat(peer.seal(IGNORE), new Uint8Array(64)));
    },
  ],
  [
    'two packets in the wrong order',
    (peer) => {
      const first = peer.seal(IGNORE);
      peer.raw(concat(peer.seal(IGNORE), first, new Uint8Array(64)));
    },
  ],
  [
    'a tag of zeros',
    (peer) => {
      const packet = peer.seal(IGNORE);
      packet.fill(0, packet.length - peer.transport.sealer.cipher!.tagLength);
      peer.raw(packet);
    },
  ],
  [
    'the tag of the packet before',
    (peer) => {
      const { tagLength } = peer.transport.sealer.cipher!;
      const first = peer.seal(IGNORE);
      const second = peer.seal(IGNORE);
      second.set(first.subarray(first.length - tagLength), second.length - tagLength);
      peer.raw(concat(first, second));
    },
  ],
  ['a packet in plain text', (peer) => peer.raw(concat(plain(ignore(1000)), plain(ignore(1000))))],
  ['64 KiB that are no packets', (peer) => trickle(peer, new Uint8Array(64 * 1024).fill(0x55))],
  [
    "the server's own packet sent back",
    async (peer) => {
      const { length } = peer.heard;
      await peer.ask(6, [5], str('ssh-userauth'));
      peer.raw(concat(...peer.heard.slice(length), new Uint8Array(256)));
    },
  ],
  [
    'a packet under the keys before the last',
    async (peer) => {
      const old = new RawSealer();
      await peer.login();
      old.setCipher(peer.transport.sealer.cipher!, true);
      await peer.rekey();
      peer.raw(concat(old.seal(IGNORE), new Uint8Array(256)));
    },
  ],
];

const legal: readonly (readonly [name: string, act: Act])[] = [
  ['the largest packet before authentication', (peer) => trickle(peer, peer.seal(ignore(34_900)))],
  ['255 bytes of padding', (peer) => peer.raw(peer.seal(ignore(fitting(peer, 255)), { padding: 255 }))],
  ['the shortest payload', (peer) => peer.send([2], str(''))],
];

/** A way to protect packets, and a provider with its own way of doing so. */
export interface CipherClass extends RawOptions {
  readonly crypto?: CryptoProvider;
}

/** The part of a class that goes into the options of its cases, and into their names. */
export function ofClass({ crypto, ...peer }: CipherClass): { readonly options: CaseOptions; readonly label: string } {
  const words = [peer.cipher, peer.mac, crypto && `by ${crypto.name}`];
  return { options: { peer, ...(crypto && { server: { crypto } }) }, label: words.filter(Boolean).join(' ') };
}

/** Under the keys of a class of ciphers. */
export function sealedPacketCases(cipherClass: CipherClass): readonly Case[] {
  const { options, label } = ofClass(cipherClass);
  const row = (name: string, act: Act, end: Case[2]): Case => [
    `${name} [${label}]`,
    async (peer) => {
      await peer.exchange();
      await act(peer);
    },
    end,
    options,
  ];
  return [
    ...forgeries.map(([name, act]) => row(name, act, 5)),
    ...legal.map(([name, act]) => row(`${name} is legal`, act, undefined)),
    [
      `W05 a packet of more than 35,000 bytes is not, before authentication [${label}]`,
      async (peer) => {
        await peer.exchange();
        await claims(peer, forgedHead(peer, wholeBlocks(peer, 35_001)));
      },
      5,
      // Each implementation decides how large a packet may be.
      { ...options, isOurs: true },
    ],
    row(
      'a packet that never becomes whole',
      (peer) => {
        peer.raw(peer.seal(ignore(1000)).subarray(0, 500));
        peer.endInput();
      },
      'closed',
    ),
    [
      `W05 a packet of 256 KiB is legal after authentication [${label}]`,
      async (peer) => {
        await peer.login();
        await trickle(peer, peer.seal(ignore(256 * 1024 - 64)));
      },
      undefined,
      options,
    ],
    [
      `W05 a packet of more than 256 KiB is not [${label}]`,
      async (peer) => {
        await peer.login();
        peer.raw(forgedHead(peer, 256 * 1024 + 64));
      },
      5,
      options,
    ],
  ];
}

/** One of each way to protect a packet. */
export const CIPHER_CLASSES: readonly CipherClass[] = [
  { cipher: 'chacha20-poly1305@openssh.com' },
  { cipher: 'aes128-gcm@openssh.com' },
  { cipher: 'aes128-ctr', mac: 'hmac-sha2-256' },
  { cipher: 'aes128-ctr', mac: 'hmac-sha2-256-etm@openssh.com' },
];

/** And packets that are opened behind promises. */
export const BATCHED_CLASS: CipherClass = { cipher: 'aes128-gcm@openssh.com', crypto: await webCrypto() };

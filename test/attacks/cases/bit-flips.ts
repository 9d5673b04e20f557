/** Group B, RFC 4253 §6.4: a packet with one bit flipped. W22, over any link; `bit-flip.test.ts` has every bit for every cipher in memory. */
import { expect } from 'vitest';
import { concat, str, uint32 } from '../bytes.js';
import type { Case } from '../case.js';
import { ofClass, type CipherClass } from './packets.js';

/** What is hit, at which byte from the start of the packet or of its tag, and which bit. */
const FLIPS: readonly (readonly [what: string, from: 'packet' | 'tag', at: number, bit: number])[] = [
  ['the highest of packet_length', 'packet', 0, 0x80],
  ['packet_length, which is 16 more or less', 'packet', 3, 0x10],
  ['padding_length', 'packet', 4, 0x01],
  ['the message number', 'packet', 5, 0x02],
  ['the data', 'packet', 15, 0x40],
  ['the last of the padding', 'tag', -1, 0x01],
  ['the first of the tag', 'tag', 0, 0x80],
  ['the middle of the tag', 'tag', 8, 0x01],
];

/** Under the keys of a class of ciphers; always the same end, and none of it is delivered. */
export function bitFlipCases(cipherClass: CipherClass): readonly Case[] {
  const { options, label } = ofClass(cipherClass);
  return FLIPS.map(([what, from, at, bit]): Case => [
    `W22 a bit flipped: ${what} [${label}]`,
    async (peer, under) => {
      await peer.echo();
      const packet = peer.seal(concat([94], uint32(0), str('secret')));
      const start = from === 'packet' ? 0 : packet.length - peer.transport.sealer.cipher!.tagLength;
      packet[start + at]! ^= bit;
      // A length that has grown demands more bytes.
      peer.raw(concat(packet, new Uint8Array(64)));
      await peer.until(() => peer.end !== undefined, 'the end');
      expect(under.delivered).toBe(0);
    },
    5,
    options,
  ]);
}

/**
 * W22: a bit flipped anywhere in a packet ends the connection, for every cipher and MAC, in both roles, always in the same way. There is
 * one handshake per pair; its snapshot is then resumed once for each flipped bit.
 */
import { SnapshotRefusedError } from '@nacre/core';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../packages/core/src/engine/engine.js';
import { takeSnapshot } from '../../packages/core/src/engine/snapshot.js';
import { batched, batchedPairs, bitsOf, expectOneEnd, kinds, native, others, someBitsOf } from './bit-flips.js';
import { moment, type Moment } from './lives.js';

/** `thorough/bit-flip.test.ts` has all other ciphers and MACs. */
describe('W22 a bit flipped anywhere in a packet', () => {
  test.each(kinds)('%s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    await expectOneEnd(one, bitsOf(one, cipher, mac));
  });
});

describe.each([...others, ['server', 'batched', batched, batchedPairs] as const])(
  'W22 a bit flipped in each part of a packet: %s, %s',
  (role, _name, crypto, some) => {
    test.each(kinds.filter((kind) => some.some((pair) => pair.join() === kind.join())))(
      '%s with %s',
      async (cipher, mac) => {
        const one = await moment(role, cipher, mac, crypto);
        await expectOneEnd(one, someBitsOf(one, cipher, mac));
      },
    );
  },
);

/** 64 KiB more than there are, where the length can be changed so; else what fails at once, and is concealed. */
const CHANGED_LENGTH = 1;

describe('W22 a packet that was changed, and then crumbs', () => {
  /** One byte of a packet that never ends, every `gap` ms for `duration` ms. */
  function crumbs({ packet, start }: Moment, changed: number, gap: number, duration: number): Engine {
    const { engine } = start();
    engine.receive(
      packet.map((byte, index) => (index === changed ? byte ^ 1 : byte)),
      0,
    );
    for (let now = gap; now <= duration && !engine.isClosed; now += gap) engine.receive(new Uint8Array(1), now);
    return engine;
  }

  test.each(kinds)('are waited for no longer than 30 s: %s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_500).isClosed).toBe(true);
  });

  test('and just as long where it is the tag, and CBC does not show it', async () => {
    const one = await moment('server', 'aes128-cbc', 'hmac-sha1', native);
    const last = one.packet.length - 1;
    expect(crumbs(one, last, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, last, 500, 30_500).isClosed).toBe(true);
  });

  test.each(kinds)('while a machine that slept in the middle may go on: %s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    expect(crumbs(one, CHANGED_LENGTH, 3_600_000, 10 * 3_600_000).isClosed).toBe(false);
  });

  test('nor does a snapshot forget a fault that is concealed', async () => {
    const one = await moment('server', 'aes128-cbc', 'hmac-sha1', native);
    const freeze = (changed: number): Uint8Array => takeSnapshot(crumbs(one, changed, 500, 0), new Uint8Array(0), 0, 0);
    expect(freeze(-1).length).toBeGreaterThan(0);
    expect(() => freeze(one.packet.length - 1)).toThrow(SnapshotRefusedError);
  });
});

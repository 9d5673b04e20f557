/**
 * W22: a bit flipped anywhere in a packet ends the connection, for every cipher and MAC, always in the same way. One handshake for
 * each pair; then its snapshot lives once for each bit that is changed.
 */
import { ciphers, macs, SnapshotRefusedError, type CipherAlgorithm, type MacAlgorithm } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { legacy } from '@nacre/core/legacy';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { nodeLegacy } from '@nacre/edge/node-legacy';
import { describe, expect, test } from 'vitest';
import type { ChannelOwner } from '../../packages/core/src/connection/channel.js';
import type { EngineEvents } from '../../packages/core/src/engine/options.js';
import { Engine } from '../../packages/core/src/engine/engine.js';
import { MAXIMUM_PACKET } from '../../packages/core/src/transport/packet-reader.js';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import { decodeSnapshot, takeSnapshot } from '../../packages/core/src/engine/snapshot.js';
import { concat, hex, str, uint32 } from './bytes.js';
import { RawPeer } from './raw-peer.js';
import { settle, subject, turn } from './subject.js';

const allCiphers: Readonly<Record<string, CipherAlgorithm>> = { ...ciphers, ...legacy.ciphers, ...nodeLegacy.ciphers };
const allMacs: Readonly<Record<string, MacAlgorithm>> = { ...macs, ...legacy.macs };

/** With an AEAD the MAC is ignored, so that any will do. */
const pairs = Object.entries(allCiphers).flatMap(([cipher, { aead }]) =>
  (aead ? ['hmac-sha2-256'] : Object.keys(allMacs)).map((mac) => [cipher, mac] as const),
);

/** A packet of channel data for a server that is logged in, and the server as it was before the packet came. */
interface Moment {
  readonly packet: Uint8Array;
  readonly start: () => Life;
  /** The server's life before `chunk` comes, and what becomes of it. */
  readonly receive: (chunk: Uint8Array) => Promise<Outcome>;
  /** The message in what the server said, once. */
  readonly read: (said: string) => Uint8Array;
}

interface Outcome {
  readonly error: string | undefined;
  /** What the server still said, in hexadecimal: under the same keys the same words are the same bytes. */
  readonly said: string;
  readonly delivered: number;
  /** Bytes that had to follow until it ended. */
  readonly needed: number;
}

/** Randomness that is the same in every life, so that padding is. */
const crypto: CryptoProvider = { ...nodeCrypto, random: (length) => new Uint8Array(length) };

async function moment(cipher: string, mac: string, provider: CryptoProvider): Promise<Moment> {
  const under = await subject({
    crypto: provider,
    algorithms: { rows: [legacy, nodeLegacy], ciphers: cipher, macs: mac },
    session: { data: () => undefined },
  });
  const peer = await new RawPeer(under.server, { cipher, mac, ciphers: allCiphers, macs: allMacs }).echo();
  const packet = peer.seal(concat([94], uint32(0), str('secret')));
  const [connection] = under.server.connections;
  if (!(connection instanceof LiveConnection)) throw new Error('no connection');
  await settle();
  const { options } = connection.engine!;
  const snapshot = connection.snapshot();
  return {
    packet,
    start: () => new Life(options, snapshot),
    receive: (chunk) => live(new Life(options, snapshot), chunk),
    read: (said) => {
      peer.transport.receive(hex(said));
      return peer.transport.next()!;
    },
  };
}

/** One life of the snapshot. */
class Life {
  readonly seen: { delivered: number; error: Error | undefined } = { delivered: 0, error: undefined };
  readonly engine: Engine;

  constructor(options: Engine['options'], snapshot: Uint8Array) {
    const nothing = (): undefined => undefined;
    const owner: ChannelOwner = {
      data: (data) => void (this.seen.delivered += data.length),
      eof: nothing,
      request: nothing,
      drained: nothing,
      closed: nothing,
      snapshot: () => new Uint8Array(0),
    };
    const events: EngineEvents = {
      output: nothing,
      resumed: nothing,
      ready: nothing,
      authenticated: nothing,
      open: nothing,
      globalRequest: nothing,
      restore: () => owner,
      closed: (error) => void (this.seen.error = error),
    };
    this.engine = new Engine(options, events, 0, decodeSnapshot(snapshot));
  }
}

/** Follows a changed packet, for as long as a changed length asks for more. */
const FILL = new Uint8Array(16 * 1024);

async function live({ engine, seen }: Life, chunk: Uint8Array): Promise<Outcome> {
  const receive = async (bytes: Uint8Array): Promise<void> => {
    engine.receive(bytes.slice(), 0);
    while (engine.isPaused && !engine.isClosed) await turn();
  };
  await receive(chunk);
  let needed = 0;
  for (; !engine.isClosed && seen.delivered === 0 && needed < 2 * MAXIMUM_PACKET; needed += FILL.length) {
    await receive(FILL);
  }
  await engine.transport.outgoing.seal();
  const said = Buffer.from(engine.transport.outgoing.take()).toString('hex');
  return { error: seen.error?.name, said, delivered: seen.delivered, needed };
}

/** One of each way to protect a packet. */
const kinds = [
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['aes128-cbc', 'hmac-sha1-etm@openssh.com'],
  ['aes128-cbc', 'hmac-sha1'],
] as const;

/**
 * Every bit for one of each kind; for the others, which have other keys and tags, every bit of the length and one of each byte.
 * CBC has a MAC run over 256 KiB to hide where a fault was: where that is JavaScript, it is one bit of every fourth byte.
 */
function bitsOf(packet: Uint8Array, cipher: string, mac: string): readonly number[] {
  const bits = Array.from({ length: packet.length * 8 }, (_, bit) => bit);
  if (kinds.some((kind) => kind[0] === cipher && kind[1] === mac)) return bits;
  const step = mac.includes('md5') ? 4 : 1;
  return bits.filter((bit) => bit < 32 || (bit % 8 === (bit >> 3) % 8 && (bit >> 3) % step === 0));
}

async function expectOneEnd(cipher: string, mac: string, provider = crypto): Promise<void> {
  const { packet, receive, read } = await moment(cipher, mac, provider);
  expect(await receive(packet)).toEqual({ error: undefined, said: '', delivered: 6, needed: 0 });
  const wrong: string[] = [];
  const ends = new Set<string>();
  for (const bit of bitsOf(packet, cipher, mac)) {
    const changed = packet.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const { needed, error, delivered, said } = await receive(changed);
    const isRight = error === 'MacError' && delivered === 0 && needed <= MAXIMUM_PACKET;
    if (!isRight) wrong.push(`bit ${bit}: ${error}, ${delivered} bytes delivered, after ${needed} more`);
    ends.add(said);
  }
  expect(wrong).toEqual([]);
  expect(ends.size).toBe(1);
  for (const said of ends) expect(read(said).subarray(0, 5)).toEqual(concat([1], uint32(5)));
}

describe('W22 a bit flipped anywhere in a packet', () => {
  test.each(pairs)('%s with %s', expectOneEnd);

  test.each(pairs.filter(([cipher]) => cipher.includes('gcm')))('%s behind promises', async (cipher, mac) =>
    expectOneEnd(cipher, mac, { ...(await webCrypto()), random: crypto.random }),
  );
});

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
    const one = await moment(cipher, mac, crypto);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_500).isClosed).toBe(true);
  });

  test('and just as long where it is the tag, and CBC does not show it', async () => {
    const one = await moment('aes128-cbc', 'hmac-sha1', crypto);
    const last = one.packet.length - 1;
    expect(crumbs(one, last, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, last, 500, 30_500).isClosed).toBe(true);
  });

  test.each(kinds)('while a machine that slept in the middle may go on: %s with %s', async (cipher, mac) => {
    const one = await moment(cipher, mac, crypto);
    expect(crumbs(one, CHANGED_LENGTH, 3_600_000, 10 * 3_600_000).isClosed).toBe(false);
  });

  test('nor does a snapshot forget a fault that is concealed', async () => {
    const one = await moment('aes128-cbc', 'hmac-sha1', crypto);
    const freeze = (changed: number): Uint8Array => takeSnapshot(crumbs(one, changed, 500, 0), new Uint8Array(0));
    expect(freeze(-1).length).toBeGreaterThan(0);
    expect(() => freeze(one.packet.length - 1)).toThrow(SnapshotRefusedError);
  });
});

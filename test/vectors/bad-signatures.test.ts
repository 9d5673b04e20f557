/** RFC 4252 §7 as an attacker plays it: keys and signatures that must be refused quickly and without an error. `thorough` has the flipped bits of the slow ones. */
import { describe, expect, test } from 'vitest';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { encodeSignature } from '../../packages/core/src/algorithms/signature-blob.js';
import { bytesOf, expectOthersRefused, expectRefused, keys, message, names, SLOW, strings } from './bad-signatures.js';
import { concatenate, hex } from './bytes.js';
import { strictEd25519 } from './proofs/strict-ed25519.js';
import { prove } from './prove.js';
import { verifiersOf } from './providers.js';

describe.each(names)('%s', (name) => {
  const key = keys[name];

  test('refuses malformed and misnamed signatures', async () => {
    const good = await key.sign(name, message);
    for (const provider of verifiersOf(name)) {
      expect(await signatures[name].verify(provider, key.publicKey, message, good)).toBe(true);
    }
    const bytes = bytesOf(good, name);
    const bad: Readonly<Record<string, Uint8Array>> = {
      empty: new Uint8Array(0),
      'no bytes': encodeSignature(name, new Uint8Array(0)),
      'name of another algorithm': encodeSignature('rsa-sha2-256', bytes),
      'name of the key type': encodeSignature('ssh-rsa', bytes),
      'a byte after the blob': concatenate(good, hex('00')),
      'a byte after the bytes': encodeSignature(name, concatenate(bytes, hex('00'))),
      'one byte short': encodeSignature(name, bytes.subarray(0, -1)),
      // One RSA signature in 200 begins with a zero, without which it still holds (RFC 8332 §3).
      'first byte missing': encodeSignature(name, bytes.subarray(1 + bytes.findIndex((byte) => byte !== 0))),
      'all zero': encodeSignature(name, new Uint8Array(bytes.length)),
      'a length that lies': concatenate(hex('ffffffff'), good.subarray(4)),
      'a name that is not UTF-8': concatenate(hex('00000001ff'), good.subarray(4 + name.length)),
    };
    for (const [what, signature] of Object.entries(bad)) await expectRefused(name, key.publicKey, signature, what);
  });

  test('refuses keys of other types and cut keys', async () => {
    const good = await key.sign(name, message);
    for (const other of names.filter((candidate) => candidate !== name)) {
      await expectRefused(name, keys[other].publicKey, good, `the key of ${other}`);
    }
    for (const length of [0, 3, 4, 10, key.publicKey.length - 1]) {
      await expectRefused(name, key.publicKey.subarray(0, length), good, `${length} bytes of the key`);
    }
    await expectRefused(name, concatenate(key.publicKey, hex('00')), good, 'a byte after the key');
  });
});

test.each(names.filter((name) => !SLOW.includes(name)))(
  '%s refuses a signature over something else, and any flipped bit',
  expectOthersRefused,
);

describe('ssh-ed25519', () => {
  prove([strictEd25519]);

  test('RFC 8032 §5.1.3: a key whose y is not below p is none', () => {
    const usable = Array.from({ length: 19 }, (_, above) => hex(`${(0xed + above).toString(16)}${'ff'.repeat(30)}7f`));
    expect(usable.filter((point) => signatures['ssh-ed25519'].isUsableKey(strings('ssh-ed25519', point)))).toEqual([]);
  });
});

const curves = [
  {
    name: 'ecdsa-sha2-nistp256',
    length: 32,
    order: hex('00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  },
  {
    name: 'ecdsa-sha2-nistp384',
    length: 48,
    order: hex(`00ffffffffffffffffffffffffffffffffffffffffffffffff
      c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  },
  {
    name: 'ecdsa-sha2-nistp521',
    length: 66,
    order: hex(`01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
      fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
  },
] as const;

describe.each(curves)('$name', ({ name, length, order }) => {
  const { publicKey } = keys[name];
  const one = hex('01');

  test.each([
    ['r = 0', strings(new Uint8Array(0), one)],
    ['s = 0', strings(one, new Uint8Array(0))],
    ['r = n', strings(order, one)],
    ['s = n', strings(one, order)],
    ['negative r', strings(hex('ff'), one)],
    ['negative s', strings(one, hex(`80${'00'.repeat(length - 1)}`))],
    ['r of twice the length', strings(concatenate(one, new Uint8Array(2 * length)), one)],
    ['r with a needless zero', strings(hex('0001'), one)],
    ['one integer', strings(one)],
    ['three integers', strings(one, one, one)],
  ])('FIPS 186-5 §6.4.2: refuses %s', async (what, bytes) => {
    await expectRefused(name, publicKey, encodeSignature(name, bytes), what);
  });

  test('refuses keys of another curve or form', async () => {
    const good = await keys[name].sign(name, message);
    const point = publicKey.slice(-(1 + 2 * length));
    const curve = name.slice('ecdsa-sha2-'.length);
    const offCurve = point.slice();
    offCurve[2 * length]! ^= 1;
    const bad = [
      strings(name, curve === 'nistp384' ? 'nistp256' : 'nistp384', point),
      strings(name, curve, offCurve),
      strings(name, curve, hex('00')),
      strings(name, curve, concatenate(Uint8Array.of(2 + (point[2 * length]! & 1)), point.subarray(1, 1 + length))),
      strings(name, curve, concatenate(point.subarray(0, 1), new Uint8Array(2 * length).fill(0xff))),
    ];
    for (const blob of bad) await expectRefused(name, blob, good, 'key');
  });
});

/** An odd magnitude, as an mpint. */
function odd(length: number): Uint8Array {
  return concatenate(hex('00'), new Uint8Array(length).fill(0xff));
}

function neverVerify(): never {
  throw new Error('it computed');
}

describe('ssh-rsa keys that cost time', () => {
  const exponent = hex('010001');

  test.each([
    ['1024 bits', exponent, odd(128)],
    ['2047 bits', exponent, concatenate(hex('7f'), new Uint8Array(255).fill(0xff))],
    ['8193 bits', exponent, concatenate(hex('01'), new Uint8Array(1024).fill(0xff))],
    ['16384 bits', exponent, odd(2048)],
    ['a million bits', exponent, odd(125_000)],
    ['an even modulus', exponent, concatenate(odd(255), hex('fe'))],
    ['e = 0', new Uint8Array(0), odd(256)],
    ['e = 1', hex('01'), odd(256)],
    ['an even e', hex('010000'), odd(256)],
    ['e of 4096 bits', odd(512), odd(256)],
    ['e of 33 bits', hex('0100000001'), odd(256)],
    ['a negative modulus', exponent, new Uint8Array(256).fill(0xff)],
  ])('refuses %s before it computes', async (what, e, n) => {
    const publicKey = strings('ssh-rsa', e, n);
    const length = n[0] === 0 ? n.length - 1 : n.length;
    const signature = encodeSignature('rsa-sha2-512', new Uint8Array(length).fill(1));
    for (const provider of verifiersOf('ssh-rsa')) {
      const guarded = { ...provider, rsa: { ...provider.rsa, verify: neverVerify } };
      expect(await signatures['rsa-sha2-512'].verify(guarded, publicKey, message, signature), what).toBe(false);
    }
  });

  test('RFC 8017 §8.2.2: refuses a signature that is longer than the modulus', async () => {
    const publicKey = strings('ssh-rsa', exponent, odd(256));
    const signature = encodeSignature('rsa-sha2-512', new Uint8Array(257).fill(1));
    for (const provider of verifiersOf('ssh-rsa')) {
      const guarded = { ...provider, rsa: { ...provider.rsa, verify: neverVerify } };
      expect(await signatures['rsa-sha2-512'].verify(guarded, publicKey, message, signature)).toBe(false);
    }
  });
});

test('RFC 8332 §3: takes a signature whose leading zeros were left out', async () => {
  const key = keys['rsa-sha2-512'];
  // One signature in 256 begins with a zero.
  for (let count = 0; ; count += 1) {
    const text = new TextEncoder().encode(`message ${count}`);
    const bytes = bytesOf(await key.sign('rsa-sha2-512', text), 'rsa-sha2-512');
    if (bytes[0] !== 0) continue;
    const short = encodeSignature('rsa-sha2-512', bytes.subarray(bytes.findIndex((byte) => byte !== 0)));
    for (const provider of verifiersOf('ssh-rsa')) {
      expect(await signatures['rsa-sha2-512'].verify(provider, key.publicKey, text, short)).toBe(true);
    }
    return;
  }
});

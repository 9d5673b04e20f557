/** RFC 4253 §8, RFC 8268: Diffie-Hellman over the integers modulo a prime, `diffie-hellman-group*`. */
import { proceed } from '../crypto/awaitable.js';
import { toBytes, toInteger } from '../crypto/integer.js';
import type { AnyHashName, Awaitable, Needs } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import { Writer } from '../wire/writer.js';
import { modpGroup, type Group, type GroupSize } from './modp-groups.js';
import { shareExchange, type ShareExchange, type ShareFunctions } from './share-exchange.js';

/** RFC 3526 §8: twice the strength in bits of a group with a prime of this size, by its second estimate. */
const EXPONENT_BITS: readonly (readonly [primeBits: number, exponentBits: number])[] = [
  [2048, 320],
  [3072, 424],
  [4096, 480],
  [6144, 544],
  [8192, 624],
];

/** The primitives that an exchange in such a group needs. */
export type GroupPrimitives = Needs<'random' | 'modularPower'>;

/** A row for one of the groups of RFC 3526. The prime is computed when it is first needed. */
export function modpExchange(hash: AnyHashName, size: GroupSize): ShareExchange<GroupPrimitives> {
  return shareExchange(finiteField(hash, () => modpGroup(size)));
}

/** Shares are the contents of an `mpint` (RFC 4251 §5). */
export function finiteField(hash: AnyHashName, group: () => Group): ShareFunctions<GroupPrimitives> {
  return {
    hash,
    secretEncoding: 'mpint',
    initiate: (crypto) => {
      const secret = randomExponent(crypto, group());
      return proceed(publicValue(crypto, group(), secret), (share) => ({ share, secret }));
    },
    finish: (crypto, secret, serverShare) => agree(crypto, group(), secret, serverShare),
    respond: (crypto, clientShare) => {
      requireInRange(clientShare, group());
      const secret = randomExponent(crypto, group());
      return proceed(publicValue(crypto, group(), secret), (share) =>
        proceed(agree(crypto, group(), secret, clientShare), (sharedSecret) => ({ share, sharedSecret })),
      );
    },
  };
}

/** The encoding of a magnitude as an `mpint`, without the length. */
export function mpintContent(magnitude: Uint8Array): Uint8Array {
  const writer = new Writer(magnitude.length + 5);
  writer.mpint(magnitude);
  return writer.written().subarray(4);
}

/** x, of the length that suits the group and with the highest bit set. */
function randomExponent(crypto: GroupPrimitives, { prime }: Group): Uint8Array {
  const [, bits] = EXPONENT_BITS.find(([primeBits]) => primeBits >= prime.length * 8) ?? EXPONENT_BITS.at(-1)!;
  const exponent = crypto.random(bits / 8);
  exponent[0] = exponent[0]! | 0x80;
  return exponent;
}

/** e or f: g^x modulo p. */
function publicValue(
  crypto: GroupPrimitives,
  { prime, generator }: Group,
  exponent: Uint8Array,
): Awaitable<Uint8Array> {
  return proceed(crypto.modularPower(generator, exponent, prime), mpintContent);
}

/** K. */
function agree(crypto: GroupPrimitives, group: Group, exponent: Uint8Array, share: Uint8Array): Awaitable<Uint8Array> {
  const base = toBytes(requireInRange(share, group));
  return proceed(crypto.modularPower(base, exponent, group.prime), (sharedSecret) => {
    requireBetween(toInteger(sharedSecret), group, 'the shared secret');
    return sharedSecret;
  });
}

/**
 * Security: RFC 8268 §4: the values 0, 1 and p-1, or values outside the group, would let the peer choose K. A share
 * longer than p is not even parsed as a number.
 */
function requireInRange(share: Uint8Array, group: Group): bigint {
  if (share.length > group.prime.length + 1) throw new KeyExchangeError('a share is longer than the prime');
  const isMinimal = share[0] !== 0 || (share[1] ?? 0) >= 0x80;
  if (share.length === 0 || share[0]! >= 0x80 || !isMinimal) {
    throw new KeyExchangeError('a share is zero, negative or no minimal mpint');
  }
  return requireBetween(toInteger(share), group, 'a share');
}

function requireBetween(value: bigint, { prime }: Group, what: string): bigint {
  if (value > 1n && value < toInteger(prime) - 1n) return value;
  throw new KeyExchangeError(`${what} is out of range`);
}

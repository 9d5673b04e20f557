/** Providers made of some primitives, for programs that must be small. */
import { ConfigurationError } from '../errors.js';
import type { CryptoProvider, CurveName, Needs } from './provider.js';

/** What every connection takes of a provider; the rest is a matter of the rows that are offered. */
export type PartialProvider = Needs<'name' | 'random' | 'hash'> & Partial<CryptoProvider>;

/** A whole provider, which throws where a primitive is asked for that it was not made with. */
export function complete(some: PartialProvider): CryptoProvider {
  const none = (): never => {
    throw new ConfigurationError(`the provider ${some.name} was made without this primitive`);
  };
  const agreement = { generate: none, agree: none };
  const signature = { generate: none, sign: none, verify: none };
  const everyCurve = <T>(primitive: T): Readonly<Record<CurveName, T>> => ({
    nistp256: primitive,
    nistp384: primitive,
    nistp521: primitive,
  });
  return {
    hmac: none,
    aesGcm: none,
    aesCtr: none,
    chacha20: none,
    poly1305: none,
    x25519: agreement,
    ecdh: everyCurve(agreement),
    mlkem768: { generate: none, encapsulate: none, decapsulate: none },
    modularPower: none,
    ed25519: signature,
    ecdsa: everyCurve(signature),
    rsa: signature,
    ...some,
  };
}

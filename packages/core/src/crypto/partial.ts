/** Providers with only some primitives, for programs that must be small. */
import { ConfigurationError } from '../errors.js';
import type { CryptoProvider, Needs } from './provider.js';

/** What every connection needs from a provider; the rest depends on the rows that are offered. */
export type PartialProvider = Needs<'name' | 'random' | 'hash'> & Partial<CryptoProvider>;

/** A complete provider, which throws if a primitive is used that it was not given. */
export function complete(some: PartialProvider): CryptoProvider {
  const none = (): never => {
    throw new ConfigurationError(`the provider ${some.name} was made without this primitive`);
  };
  const primitive = { generate: none, agree: none, encapsulate: none, decapsulate: none, sign: none, verify: none };
  const curves = { nistp256: primitive, nistp384: primitive, nistp521: primitive };
  return {
    hmac: none,
    aesGcm: none,
    aesCtr: none,
    chacha20: none,
    poly1305: none,
    modularPower: none,
    x25519: primitive,
    ecdh: curves,
    mlkem768: primitive,
    ed25519: primitive,
    ecdsa: curves,
    rsa: primitive,
    ...some,
  };
}

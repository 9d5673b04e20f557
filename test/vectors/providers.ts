/** What every vector is run through. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { workersCrypto } from '@nacre/edge/workers-crypto';
import { portable } from '../../packages/core/src/crypto/portable-provider.js';

export const providers: readonly CryptoProvider[] = [noble, portable, nodeCrypto, workersCrypto, await webCrypto()];

/** Those of them that do not borrow a primitive from one before: nothing is learnt from the same code again. */
export function ownersOf(primitive: (provider: CryptoProvider) => unknown): readonly CryptoProvider[] {
  const primitives = providers.map(primitive);
  return providers.filter((_provider, index) => primitives.indexOf(primitives[index]) === index);
}

/** The same for NIST curves, of which `webCrypto()` makes its own by the code of the portable provider. */
export function curveOwnersOf(primitive: (provider: CryptoProvider) => unknown): readonly CryptoProvider[] {
  return ownersOf(primitive).filter(({ name }) => name !== 'WebCrypto');
}

/** Those with code of their own for the signatures that have this name, or this type of key. */
export function verifiersOf(name: string): readonly CryptoProvider[] {
  if (name.includes('ed25519')) return ownersOf(({ ed25519 }) => ed25519);
  return name.includes('rsa') ? ownersOf(({ rsa }) => rsa) : ownersOf(({ ecdsa }) => ecdsa);
}

export function hex(digits: string): Uint8Array {
  const even = digits.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(even)) throw new Error(`not hexadecimal: ${digits}`);
  return new Uint8Array(Buffer.from(even, 'hex'));
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

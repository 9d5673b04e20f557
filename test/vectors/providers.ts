/** What every vector is run through. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { workersCrypto } from '@nacre/edge/workers-crypto';

export const providers: readonly CryptoProvider[] = [noble, nodeCrypto, workersCrypto, await webCrypto()];

/** Those of them that do not borrow a primitive from one before: for what takes seconds. */
export function ownersOf(primitive: (provider: CryptoProvider) => unknown): readonly CryptoProvider[] {
  const primitives = providers.map(primitive);
  return providers.filter((_provider, index) => primitives.indexOf(primitives[index]) === index);
}

export function hex(digits: string): Uint8Array {
  const even = digits.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(even)) throw new Error(`not hexadecimal: ${digits}`);
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

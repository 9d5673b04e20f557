/** The providers that Node can run: all except those that need another runtime, which `test/runtimes` starts. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { workersCrypto } from '@nacre/edge/workers-crypto';
import { portable } from '../../packages/core/src/crypto/portable-provider.js';
import { ownersOf, type PrimitiveName } from './proof.js';

export const providers: readonly CryptoProvider[] = [noble, portable, nodeCrypto, workersCrypto, await webCrypto()];

const CURVES = ['nistp256', 'nistp384', 'nistp521'] as const;

/** Those with code of their own for the signatures that have this name, or this type of key. */
export function verifiersOf(name: string): readonly CryptoProvider[] {
  return ownersOf(providers, { about: primitivesOf(name) });
}

function primitivesOf(name: string): readonly PrimitiveName[] {
  if (name.includes('ed25519')) return ['Ed25519'];
  return name.includes('rsa') ? ['RSA'] : CURVES.map((curve) => `ECDSA over ${curve}` as const);
}

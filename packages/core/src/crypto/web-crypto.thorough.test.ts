/** WebCrypto and noble verify each other's ECDSA signatures, with every hash, also those that SSH does not use with a curve. */
import { expect, test } from 'vitest';
import { noble } from './noble.js';
import type { CurveName, HashName } from './provider.js';
import { webCrypto } from './web-crypto.js';

const provider = await webCrypto();
const curves: readonly CurveName[] = ['nistp256', 'nistp384', 'nistp521'];

test.each(curves.flatMap((curve) => (['sha256', 'sha384', 'sha512'] as const).map((hash) => ({ curve, hash }))))(
  'both verify what the other signed: $curve with $hash',
  async ({ curve, hash }: { curve: CurveName; hash: HashName }) => {
    const { privateKey, publicKey } = await provider.ecdsa[curve].generate();
    for (const signer of [provider, noble]) {
      const signature = await signer.ecdsa[curve].sign(hash, privateKey, publicKey);
      for (const verifier of [provider, noble]) {
        expect(await verifier.ecdsa[curve].verify(hash, publicKey, publicKey, signature)).toBe(true);
        expect(await verifier.ecdsa[curve].verify(hash, publicKey, privateKey, signature)).toBe(false);
      }
    }
  },
);

/** Wycheproof: ECDH over the NIST curves, through the rows `ecdh-sha2-*` as a client finishes an exchange. */
import { equalBytes } from '@nacre/core/crypto';
import { ecdhSha2 } from '../../packages/core/src/algorithms/ecdh.js';
import { hex, ownersOf } from './providers.js';
import { agreed, wycheproof } from './wycheproof.js';

const curves = [
  [ecdhSha2('nistp256', { hash: 'sha256', pointLength: 65 }), 'ecdh_secp256r1_ecpoint_test.json', 32, 355],
  [ecdhSha2('nistp384', { hash: 'sha384', pointLength: 97 }), 'ecdh_secp384r1_ecpoint_test.json', 48, 790],
  [ecdhSha2('nistp521', { hash: 'sha512', pointLength: 133 }), 'ecdh_secp521r1_ecpoint_test.json', 66, 661],
] as const;

/** A scalar of the length that providers make, however many leading zeros the file has. */
function scalar(digits: string, length: number): Uint8Array {
  return hex(digits.replace(/^0+/, '').padStart(2 * length, '0'));
}

for (const provider of ownersOf(({ ecdh }) => ecdh)) {
  for (const [row, file, length, ran] of curves) {
    wycheproof(provider.name, file, { ran }, async (item) => {
      const secret = await agreed(() =>
        row.finish(provider, scalar(item.text('private'), length), hex(item.text('public'))),
      );
      // The one acceptable case is refused: its point is compressed, which RFC 5656 §3.1 lets us do.
      if (item.result !== 'valid') return secret === undefined;
      const shared = hex(item.text('shared'));
      // So is the one secret of zeros: what X25519 must refuse is refused everywhere, and no honest peer ever meets it here.
      if (shared.every((byte) => byte === 0)) return secret === undefined;
      return secret !== undefined && equalBytes(secret, shared);
    });
  }
}

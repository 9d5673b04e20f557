/** Wycheproof: ECDH over the NIST curves, through the rows `ecdh-sha2-*` as a client finishes an exchange. */
import { equalBytes } from '@nacre/core/crypto';
import { keyExchanges } from '../../packages/core/src/algorithms/table.js';
import { curveOwnersOf, hex } from './providers.js';
import { agreed, isThorough, wycheproof } from './wycheproof.js';

/** Hundreds of points that one scalar meets while it doubles take half a minute; all of them are run where CI=true. */
const DOUBLING = 'EdgeCaseDoubling';
const LEFT_OUT = 'is one of 31 in 32 cases of EdgeCaseDoubling, which only CI runs';

const curves = [
  [keyExchanges['ecdh-sha2-nistp256'], 'ecdh_secp256r1_ecpoint_test.json', 32, { few: 157, rest: 198 }],
  [keyExchanges['ecdh-sha2-nistp384'], 'ecdh_secp384r1_ecpoint_test.json', 48, { few: 146, rest: 644 }],
  [keyExchanges['ecdh-sha2-nistp521'], 'ecdh_secp521r1_ecpoint_test.json', 66, { few: 148, rest: 513 }],
] as const;

/** A scalar of the length that providers make, however many leading zeros the file has. */
function scalar(digits: string, length: number): Uint8Array {
  return hex(digits.replace(/^0+/, '').padStart(2 * length, '0'));
}

for (const provider of curveOwnersOf(({ ecdh }) => ecdh)) {
  for (const [row, file, length, { few, rest }] of curves) {
    const counts = isThorough ? { ran: few + rest } : { ran: few, [LEFT_OUT]: rest };
    wycheproof(provider.name, file, counts, async (item) => {
      if (!isThorough && item.flags.includes(DOUBLING) && item.number % 32 !== 0) return LEFT_OUT;
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

/** Wycheproof: ECDH over the NIST curves, through the rows `ecdh-sha2-*` as a client finishes an exchange. */
import { equalBytes, type CurveName } from '@nacre/core/crypto';
import { keyExchanges } from '../../../packages/core/src/algorithms/table.js';
import { hex } from '../bytes.js';
import { agreed, oneIn, provenBy } from '../vector-file.js';

/** All of them take half a minute. */
const ARITHMETIC = ['EdgeCaseDoubling', 'EdgeCaseSharedSecret', 'EdgeCaseEphemeralKey'];

interface Curve {
  readonly name: CurveName;
  readonly file: string;
  /** Length of a scalar in bytes. */
  readonly length: number;
  readonly ran: number;
  /** How many cases of arithmetic are left out unless a run is thorough. */
  readonly leftOut: number;
}

const curves: readonly Curve[] = [
  { name: 'nistp256', file: 'ecdh_secp256r1_ecpoint_test.json', length: 32, ran: 355, leftOut: 303 },
  { name: 'nistp384', file: 'ecdh_secp384r1_ecpoint_test.json', length: 48, ran: 790, leftOut: 734 },
  { name: 'nistp521', file: 'ecdh_secp521r1_ecpoint_test.json', length: 66, ran: 661, leftOut: 595 },
];

/** A scalar of the length that providers make, however many leading zeros the file has. */
function scalar(digits: string, length: number): Uint8Array {
  return hex(digits.replace(/^0+/, '').padStart(2 * length, '0'));
}

export const ecdhVectors = curves.map(({ name, file, length, ran, leftOut }) =>
  provenBy({
    file,
    about: [`ECDH over ${name}`],
    counts: { ran },
    numerous: oneIn(32, ARITHMETIC, leftOut),
    check: (provider) => async (item) => {
      const secret = await agreed(() =>
        keyExchanges[`ecdh-sha2-${name}`].finish(
          provider,
          scalar(item.text('private'), length),
          hex(item.text('public')),
        ),
      );
      // The one acceptable case is refused: its point is compressed, which RFC 5656 §3.1 lets us refuse.
      if (item.result !== 'valid') return secret === undefined;
      const shared = hex(item.text('shared'));
      // So is the one secret of zeros: what X25519 must refuse is refused everywhere, and no honest peer ever meets it here.
      if (shared.every((byte) => byte === 0)) return secret === undefined;
      return secret !== undefined && equalBytes(secret, shared);
    },
  }),
);

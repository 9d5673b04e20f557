/** RFC 9941 §3, group D: hostile shares in sntrup761x25519-sha512. W17-W19. */
import { keyExchanges } from '@nacre/core';
import { noble } from '@nacre/core/noble';
import { concat, str } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import { init, LOW_ORDER, malformedInits } from './exchange-values.js';

const KEM = 1158;
/** C_INIT of a legal client: an sntrup761 key of 1158 bytes, then an X25519 share. */
const { share } = await keyExchanges['sntrup761x25519-sha512'].initiate(noble);

export function sntrup761Cases(options: CaseOptions): readonly Case[] {
  const hostile = (name: string, bytes: Uint8Array): Case => init(name, str(bytes), 3, options);
  return [
    ...[0, 32, KEM, KEM + 31, KEM + 33, 2 * (KEM + 32)].map((length) =>
      hostile(`W19 C_INIT of ${length} bytes`, concat(share, share).subarray(0, length)),
    ),
    hostile('W19 an ML-KEM key with a share', concat(new Uint8Array(1184), share.subarray(KEM))),
    ...LOW_ORDER.map(([name, point]) =>
      hostile(`W17 a legal sntrup761 key with a share of ${name}`, concat(share.subarray(0, KEM), point)),
    ),
    ...malformedInits('sntrup761x25519', share, options),
  ];
}

/** RFC 5656 §4: key exchange `ecdh-sha2-*`. Points are uncompressed (SEC 1 §2.3.3). */
import type { CurveName, HashName } from '../crypto/provider.js';
import { UNCOMPRESSED_POINT } from '../crypto/uncompressed-point.js';
import { KeyExchangeError } from '../errors.js';
import { agree, initiate, respond } from './agreement.js';
import { shareExchange, type ShareExchange } from './share-exchange.js';

interface EcdhParameters {
  readonly hash: HashName;
  /** Length of an uncompressed point in bytes. */
  readonly pointLength: number;
}

function requireUncompressed(share: Uint8Array): Uint8Array {
  if (share[0] !== UNCOMPRESSED_POINT) throw new KeyExchangeError('a share is not an uncompressed point');
  return share;
}

export function ecdhSha2(curve: CurveName, { hash, pointLength }: EcdhParameters): ShareExchange {
  return shareExchange({
    hash,
    secretEncoding: 'mpint',
    initiate: ({ ecdh }) => initiate(ecdh[curve]),
    finish: ({ ecdh }, secret, serverShare) =>
      agree(ecdh[curve], secret, requireUncompressed(serverShare), pointLength),
    respond: ({ ecdh }, clientShare) => respond(ecdh[curve], requireUncompressed(clientShare), pointLength),
  });
}

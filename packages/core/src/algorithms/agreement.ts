/** RFC 8731 §3, RFC 5656 §4: Diffie-Hellman over a curve, and the checks of the peer's share. */
import { orElse, proceed } from '../crypto/awaitable.js';
import type { Awaitable, KeyAgreement } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import type { AnsweredExchange, InitiatedExchange } from './share-exchange.js';

/** The client's key pair. */
export function initiate(agreement: KeyAgreement): Awaitable<InitiatedExchange> {
  return proceed(agreement.generate(), ({ privateKey, publicKey }) => ({ share: publicKey, secret: privateKey }));
}

/** The server's key pair and the secret shared with a client, whose key must be exactly `length` bytes. */
export function respond(agreement: KeyAgreement, clientShare: Uint8Array, length: number): Awaitable<AnsweredExchange> {
  requireLength(clientShare, length);
  return proceed(agreement.generate(), ({ privateKey, publicKey }) =>
    proceed(agree(agreement, privateKey, clientShare, length), (sharedSecret) => ({ share: publicKey, sharedSecret })),
  );
}

/**
 * The secret shared with a peer, whose key must be exactly `length` bytes.
 * @throws KeyExchangeError for another length, a point off the curve, or an all-zero secret.
 */
export function agree(
  agreement: KeyAgreement,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  length: number,
): Awaitable<Uint8Array> {
  requireLength(publicKey, length);
  const secret = orElse(
    () => agreement.agree(privateKey, publicKey),
    () => new KeyExchangeError('a share is not a usable public key'),
  );
  return proceed(secret, requireNonZero);
}

function requireLength(share: Uint8Array, length: number): void {
  if (share.length !== length) throw new KeyExchangeError(`a share has ${share.length} bytes, expected ${length}`);
}

/** Security: RFC 8731 §3: a low-order point lets the peer choose K. Providers refuse it too, but are not trusted to. */
function requireNonZero(secret: Uint8Array): Uint8Array {
  if (secret.every((byte) => byte === 0)) throw new KeyExchangeError('a share is a point of low order');
  return secret;
}

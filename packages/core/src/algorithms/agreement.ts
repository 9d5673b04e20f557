/** RFC 8731 §3, RFC 5656 §4: what every Diffie-Hellman exchange over a curve asks of the peer's share. */
import type { KeyAgreement } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';

/**
 * The shared secret with a peer whose key is exactly `length` bytes.
 * @throws KeyExchangeError for another length, a point off the curve, or an all-zero secret.
 */
export function agree(
  agreement: KeyAgreement,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  length: number,
): Uint8Array {
  if (publicKey.length !== length) {
    throw new KeyExchangeError(`a share has ${publicKey.length} bytes, expected ${length}`);
  }
  let secret: Uint8Array | undefined;
  try {
    secret = agreement.agree(privateKey, publicKey);
  } catch {
    throw new KeyExchangeError('a share is not a usable public key');
  }
  // Security: RFC 8731 §3: a low-order point lets the peer choose K. Providers refuse it too; none is trusted to.
  if (secret.every((byte) => byte === 0)) throw new KeyExchangeError('a share is a point of low order');
  return secret;
}

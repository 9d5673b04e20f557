/** A key with its certificate: a user's for logging in, or a host's for proving itself. */
import type { Signer } from '../../algorithms/algorithm.js';
import { certificateName, certifiedName, type Certificate } from '../../algorithms/certificate.js';
import { equalBytes, type Awaitable } from '../../crypto/provider.js';
import { ConfigurationError } from '../../errors.js';

/**
 * Signs as `key` does, and presents the certificate instead of the public key. For a client's credentials, or for a
 * server's `hostKeys`, which then also needs the option `certificates`. List the plain key too, for peers that do not
 * know the authority. @throws ConfigurationError if the certificate is for another key.
 */
export function certify(key: Signer, certificate: Certificate): Signer {
  if (!equalBytes(key.publicKey, certificate.publicKey))
    throw new ConfigurationError('the certificate is for another key');
  return {
    publicKey: certificate.blob,
    algorithms: key.algorithms.map(certificateName),
    asksToSign: key.asksToSign ?? false,
    sign: (algorithm, message): Awaitable<Uint8Array> => {
      const plain = certifiedName(algorithm);
      if (plain === undefined) throw new ConfigurationError(`a certified key does not sign with ${algorithm}`);
      return key.sign(plain, message);
    },
  };
}

/** A key with its certificate: what a user logs in with, or a host proves itself by. */
import type { Signer } from '../../algorithms/algorithm.js';
import { certificateName, certifiedName, type Certificate } from '../../algorithms/certificate.js';
import { equalBytes, type Awaitable } from '../../crypto/provider.js';
import { ConfigurationError } from '../../errors.js';

/**
 * Signs as `key` does, and shows the certificate in the place of the public key: a credential of a client, or one of a
 * server's `hostKeys`, which then needs the option `certificates` too. Give the plain key besides, for peers that do not know
 * the authority. @throws ConfigurationError where the certificate is for another key.
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

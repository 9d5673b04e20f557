/** Which keys hosts may have: RSA has a minimum size of its own, as with OpenSSH's RequiredRSASize (ssh_config(5)). */
import { ConfigurationError } from '../errors.js';
import { wholeNumber } from '../option.js';
import type { AlgorithmTables, SignatureAlgorithm, Signer } from './algorithm.js';
import { MAXIMUM_MODULUS_BITS, MINIMUM_MODULUS_BITS } from './rsa.js';

/**
 * Security: a host keeps its key for years, and whoever breaks it can impersonate the host to everyone: 128 bits of
 * security, whereas the minimum for users gives 112 (NIST SP 800-57 part 1, table 2).
 */
const DEFAULT_REQUIRED_RSA_SIZE = 3072;

/** The option `requiredRsaSize`, in bits. @throws ConfigurationError for a size that RSA keys cannot have. */
export function readRequiredRsaSize(size: number = DEFAULT_REQUIRED_RSA_SIZE): number {
  return wholeNumber('requiredRsaSize, in bits,', size, MINIMUM_MODULUS_BITS, MAXIMUM_MODULUS_BITS);
}

/** Why a host may not use this key, whatever its signature; undefined if it may. */
export function hostKeySizeFault(
  algorithm: SignatureAlgorithm | undefined,
  publicKey: Uint8Array,
  requiredRsaSize: number,
): string | undefined {
  const bits = algorithm?.modulusBits?.(publicKey);
  if (bits === undefined || bits >= requiredRsaSize) return undefined;
  return `the RSA host key has ${bits} bits, and requiredRsaSize asks for ${requiredRsaSize}`;
}

/** @throws ConfigurationError for a key that clients such as ours would refuse, or that would never be used. */
export function checkHostKeys(
  keys: readonly Signer[],
  signatures: AlgorithmTables['signatures'],
  requiredRsaSize: number,
): void {
  for (const { algorithms, publicKey } of keys) {
    if (!Array.isArray(algorithms))
      throw new ConfigurationError(
        'hostKeys must be private keys, from parsePrivateKey or generateKey, not text or public keys',
      );
    if (algorithms.every((name) => name.includes('-cert-v01@') && !(name in signatures)))
      throw new ConfigurationError('a host key has a certificate, which is shown only with the option "certificates"');
    for (const name of algorithms) {
      const fault = hostKeySizeFault(signatures[name], publicKey, requiredRsaSize);
      if (fault !== undefined) throw new ConfigurationError(fault);
    }
  }
}

/** Which keys hosts may have: RSA from a least size of their own on, as with OpenSSH's RequiredRSASize (ssh_config(5)). */
import { ConfigurationError } from '../errors.js';
import type { AlgorithmTables, SignatureAlgorithm, Signer } from './algorithm.js';
import { MAXIMUM_MODULUS_BITS, MINIMUM_MODULUS_BITS } from './rsa.js';

/**
 * Security: a host keeps its key for years, and whoever breaks it can be that host to everyone: 128 bits of security, where
 * the least that a user may have gives 112 (NIST SP 800-57 part 1, table 2).
 */
const DEFAULT_REQUIRED_RSA_SIZE = 3072;

/** The `requiredRsaSize` option, in bits. @throws ConfigurationError where it is no size that RSA keys may have. */
export function readRequiredRsaSize(size: number = DEFAULT_REQUIRED_RSA_SIZE): number {
  if (Number.isInteger(size) && size >= MINIMUM_MODULUS_BITS && size <= MAXIMUM_MODULUS_BITS) return size;
  throw new ConfigurationError(
    `requiredRsaSize is ${MINIMUM_MODULUS_BITS} to ${MAXIMUM_MODULUS_BITS} bits, not ${size}`,
  );
}

/** Why a host may not prove itself by this key, whatever its signature; undefined where it may. */
export function hostKeySizeFault(
  algorithm: SignatureAlgorithm | undefined,
  publicKey: Uint8Array,
  requiredRsaSize: number,
): string | undefined {
  const bits = algorithm?.modulusBits?.(publicKey);
  if (bits === undefined || bits >= requiredRsaSize) return undefined;
  return `the RSA host key has ${bits} bits, and requiredRsaSize asks for ${requiredRsaSize}`;
}

/** @throws ConfigurationError for a key that clients such as ours would not take, or that would never be shown. */
export function checkHostKeys(
  keys: readonly Signer[],
  signatures: AlgorithmTables['signatures'],
  requiredRsaSize: number,
): void {
  for (const { algorithms, publicKey } of keys) {
    if (!Array.isArray(algorithms))
      throw new ConfigurationError(
        'hostKeys are keys, as parsePrivateKey reads them and generateKey makes them: no text, and no public key',
      );
    if (algorithms.every((name) => name.includes('-cert-v01@') && !(name in signatures)))
      throw new ConfigurationError('a host key has a certificate, which is shown only with the option "certificates"');
    for (const name of algorithms) {
      const fault = hostKeySizeFault(signatures[name], publicKey, requiredRsaSize);
      if (fault !== undefined) throw new ConfigurationError(fault);
    }
  }
}

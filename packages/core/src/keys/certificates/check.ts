/** OpenSSH's PROTOCOL.certkeys: whether a certificate with a valid signature applies here and now. */
import type { Certificate } from '../../algorithms/certificate.js';

export interface CertificateUse {
  readonly role: Certificate['role'];
  /** One of these must be among the principals, literally. */
  readonly names: readonly string[];
  /** ms since 1970. */
  readonly now: number;
}

/** Why a host's certificate is not valid for that host. As in OpenSSH, any critical option is unknown, and refused. */
export function hostCertificateFault(certificate: Certificate, host: string, now: number): string | undefined {
  if (certificate.criticalOptions.length > 0) return 'the certificate has a critical option that is not known';
  return certificateFault(certificate, { role: 'host', names: [host], now });
}

/**
 * Why it is not valid; undefined if it is. Its options are for the caller to judge. Security: a certificate without
 * principals would be valid for everybody, as OpenSSH treats it for users; a pattern among them matches nobody, and an
 * empty one not even `principals=""`.
 */
export function certificateFault(certificate: Certificate, { role, names, now }: CertificateUse): string | undefined {
  const seconds = BigInt(Math.floor(now / 1000));
  if (certificate.role !== role) return `it is a certificate for a ${certificate.role}`;
  if (seconds < certificate.validAfter) return 'the certificate is not valid yet';
  if (seconds >= certificate.validBefore) return 'the certificate has expired';
  return certificate.principals.some((principal) => principal !== '' && names.includes(principal))
    ? undefined
    : 'the certificate is for others';
}

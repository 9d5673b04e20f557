/** OpenSSH's PROTOCOL.certkeys: whether a certificate whose signature holds is good here and now. */
import type { Certificate } from '../../algorithms/certificate.js';

export interface CertificateUse {
  readonly role: Certificate['role'];
  /** One of these has to be among the principals, letter by letter. */
  readonly names: readonly string[];
  /** ms since 1970. */
  readonly now: number;
}

/** Why a host's certificate is not good for that host: as OpenSSH there is no option that one could have and not be refused for. */
export function hostCertificateFault(certificate: Certificate, host: string, now: number): string | undefined {
  if (certificate.criticalOptions.length > 0) return 'the certificate has a critical option that is not known';
  return certificateFault(certificate, { role: 'host', names: [host], now });
}

/**
 * Why it is not; undefined where it is. Its options are for whoever knows them. Security: one without principals would be good
 * for everybody, and OpenSSH takes it so for users; a pattern among them matches nobody.
 */
export function certificateFault(certificate: Certificate, { role, names, now }: CertificateUse): string | undefined {
  const seconds = BigInt(Math.floor(now / 1000));
  if (certificate.role !== role) return `it is a certificate for a ${certificate.role}`;
  if (seconds < certificate.validAfter) return 'the certificate is not valid yet';
  if (seconds >= certificate.validBefore) return 'the certificate has expired';
  return certificate.principals.some((principal) => names.includes(principal))
    ? undefined
    : 'the certificate is for others';
}

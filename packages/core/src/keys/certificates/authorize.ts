/** sshd(8), AUTHORIZED_KEYS FILE FORMAT, `cert-authority`: whether any line admits a certificate, and on what terms. */
import { certificateSignatures } from '../../algorithms/certificates.js';
import { decodeCertificate, type Certificate } from '../../algorithms/certificate.js';
import { equalBytes } from '../../crypto/provider.js';
import { lineFault, type Authorization, type CertificateSupport, type KeyUse } from '../authorize.js';
import type { KeyOptions } from '../authorized-key-options.js';
import type { AuthorizedKey } from '../authorized-keys.js';
import { stricter } from '../restrictions.js';
import { certificateFault } from './check.js';
import { readUserOptions } from './user-options.js';

/**
 * What a server or client needs to accept certificates. A server's users are admitted by lines with `cert-authority`
 * from the hook `authorizedKeys`, or by `accept`, with which the hook vouches for the authority.
 */
export const certificates: CertificateSupport = {
  signatures: certificateSignatures,
  read: decodeCertificate,
  authorize: authorizeCertificate,
};

/** Security: does not verify the authority's signature; that must be done before anything follows from the result. */
export function authorizeCertificate(lines: readonly AuthorizedKey[], blob: Uint8Array, use: KeyUse): Authorization {
  const certificate = decodeCertificate(blob);
  if (certificate === undefined) return { reason: 'the certificate is malformed' };
  let reason = 'no line trusts the authority';
  for (const { blob: authority, options } of lines) {
    if (options?.isAuthority !== true || !equalBytes(authority, certificate.signatureKey)) continue;
    const authorization = judge(options, certificate, use);
    if ('terms' in authorization) return authorization;
    reason = authorization.reason;
  }
  return { reason };
}

function judge(line: KeyOptions, certificate: Certificate, use: KeyUse): Authorization {
  const names = line.principals ?? [use.user];
  const own = readUserOptions(certificate);
  if ('reason' in own) return own;
  const reason =
    lineFault(line, use) ??
    certificateFault(certificate, { role: 'user', names, now: use.now }) ??
    lineFault({ ...line, from: own.from }, use);
  if (reason !== undefined) return { reason };
  const restrictions = stricter(own.restrictions, line.restrictions);
  if (restrictions === undefined) return { reason: 'the certificate and the line force different commands' };
  return {
    terms: {
      restrictions,
      withoutTouch: own.withoutTouch && line.withoutTouch,
      withVerification: own.withVerification || line.withVerification,
    },
  };
}

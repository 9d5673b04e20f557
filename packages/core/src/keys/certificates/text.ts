/** Certificates as text: `type base64 comment`, one line, as in OpenSSH's `-cert.pub` files. */
import { decodeCertificate, type Certificate } from '../../algorithms/certificate.js';
import { decodeBase64, encodeBase64 } from '../../crypto/base64.js';
import { ConfigurationError } from '../../errors.js';

/** Reads the one-line form, or a blob. Does not verify the signature. @throws ConfigurationError for anything else. */
export function parseCertificate(source: string | Uint8Array): Certificate {
  const blob = typeof source === 'string' ? decodeBase64(source.trim().split(/[ \t]+/)[1] ?? '') : source.slice();
  const certificate = blob && decodeCertificate(blob);
  if (
    certificate === undefined ||
    (typeof source === 'string' && !source.trimStart().startsWith(`${certificate.type} `))
  )
    throw new ConfigurationError('a certificate is `type base64 comment`, as in the file that ends in -cert.pub');
  return certificate;
}

/** The one-line form, without a line end. @throws ConfigurationError for a comment that would not stay on the line. */
export function formatCertificate({ type, blob }: Certificate, comment = ''): string {
  if (/[\r\n]/.test(comment)) throw new ConfigurationError('the comment of a certificate has a line end');
  return `${type} ${encodeBase64(blob)} ${comment}`.trimEnd();
}

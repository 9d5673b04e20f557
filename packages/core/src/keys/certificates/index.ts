/** `@nacre/core/certificates`: OpenSSH's certificates and authorities (PROTOCOL.certkeys), and revocation lists. */
export type { Certificate, CertificateOption } from '../../algorithms/certificate.js';
export { certificates } from './authorize.js';
export { certify } from './certified-key.js';
export { certificateFault, type CertificateUse } from './check.js';
export { issueCertificate, type HostCertificateOptions, type UserCertificateOptions } from './issue.js';
export { formatCertificate, parseCertificate } from './text.js';
export { parseKrl } from './krl.js';
export {
  parseRevocationList,
  RevocationList,
  type RevocationListOptions,
  type Revocations,
  type RevokedCertificates,
} from './revocation-list.js';
export { readUserOptions, type UserOptions } from './user-options.js';

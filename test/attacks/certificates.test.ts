/** Group H: certificates of users against our server; C02: those of hosts against our client. */
import { checkCases } from './case.js';
import { hostCertificateCases, legalHostCertificate } from './cases/host-certificates.js';
import { legalUserCertificate, userCertificateCases } from './cases/user-certificates.js';
import { checkClientCases } from './client-case.js';

checkCases('H: certificates of users', [legalUserCertificate, ...userCertificateCases]);
checkClientCases('N: certificates of hosts', [legalHostCertificate, ...hostCertificateCases]);

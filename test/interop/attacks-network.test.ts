/** The attack cases over real sockets: what holds in memory holds over TCP and WebSocket, byte by byte and in one block. */
import { checkCases } from '../attacks/case.js';
import { checkClientCases } from '../attacks/client-case.js';
import { hostCertificateCases, legalHostCertificate } from '../attacks/cases/host-certificates.js';
import { legalUserCertificate, userCertificateCases } from '../attacks/cases/user-certificates.js';
import { hybridCases, nistCases, x25519Cases } from '../attacks/cases/exchange-values.js';
import { extInfoCases, prefixCases, rekeyClientCases, replyCases, verifierCases } from '../attacks/cases/client.js';
import { identCases } from '../attacks/cases/ident.js';
import { kexinitCases } from '../attacks/cases/kexinit.js';
import { graceCases, smallMemoryCases } from '../attacks/cases/limits.js';
import { loginCases } from '../attacks/cases/login.js';
import { CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from '../attacks/cases/packets.js';
import { rekeyCases } from '../attacks/cases/rekey.js';
import { strictCases } from '../attacks/cases/strict.js';
import { tcp, webSocket } from '../attacks/network.js';

const carriers = [tcp, webSocket];

checkCases('A: the ident', identCases, carriers);
checkCases('B: packets in plain text', plainPacketCases, carriers);
checkCases('B: packets under keys', CIPHER_CLASSES.flatMap(sealedPacketCases), carriers);
checkCases('C: KEXINIT', kexinitCases, carriers);
checkCases('D: exchange values', [...x25519Cases, ...hybridCases, ...nistCases], carriers);
checkCases('E: strict key exchange, NEWKEYS, EXT_INFO', strictCases, carriers);
checkCases('F: rekey', rekeyCases, carriers);
checkCases('G: logins', loginCases, carriers);
checkCases('Q: time', graceCases, carriers);
checkCases('Q: small memory', smallMemoryCases, carriers);
checkClientCases('N: the host key', verifierCases, carriers);
checkClientCases('N: the reply of the exchange', replyCases, carriers);
checkClientCases('N: another host key', rekeyClientCases, carriers);
checkClientCases('N: EXT_INFO', extInfoCases, carriers);
checkClientCases('N: prefix truncation', prefixCases, carriers);
checkCases('H: certificates of users', [legalUserCertificate, ...userCertificateCases], carriers);
checkClientCases('N: certificates of hosts', [legalHostCertificate, ...hostCertificateCases], carriers);

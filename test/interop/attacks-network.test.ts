/** The attack cases over real sockets: what holds in memory holds over TCP and WebSocket, byte by byte and in one block. */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases } from '../attacks/case.js';
import { bitFlipCases } from '../attacks/cases/bit-flips.js';
import { checkClientCases } from '../attacks/client-case.js';
import { floodCases, idCases, openCases } from '../attacks/cases/channels.js';
import { channelClientCases, openClientCases } from '../attacks/cases/client-channels.js';
import { compressionClientCases } from '../attacks/cases/client-compression.js';
import { compressionCases } from '../attacks/cases/compression.js';
import { forwardingCases } from '../attacks/cases/forwarding.js';
import { hostCertificateCases, legalHostCertificate } from '../attacks/cases/host-certificates.js';
import { legalUserCertificate, userCertificateCases } from '../attacks/cases/user-certificates.js';
import { exchangeValueCases } from '../attacks/cases/providers.js';
import { FINITE_FIELDS, finiteFieldCases } from '../attacks/cases/finite-field.js';
import { groupExchangeCases, legacyGroupExchangeCases } from '../attacks/cases/group-exchange.js';
import { windowCases } from '../attacks/cases/windows.js';
import { clientExchangeValueCases, malformedReplyCases } from '../attacks/cases/client-exchange-values.js';
import { identClientCases } from '../attacks/cases/client-ident.js';
import {
  extInfoCases,
  prefixCases,
  rekeyClientCases,
  replyCases,
  strangerCases,
  verifierCases,
} from '../attacks/cases/client.js';
import { identCases } from '../attacks/cases/ident.js';
import { kexinitCases } from '../attacks/cases/kexinit.js';
import { graceCases, smallMemoryCases } from '../attacks/cases/limits.js';
import { loginCases } from '../attacks/cases/login.js';
import { BATCHED_CLASS, CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from '../attacks/cases/packets.js';
import { rekeyCases } from '../attacks/cases/rekey.js';
import { strictCases } from '../attacks/cases/strict.js';
import { tcp, webSocket } from '../attacks/network.js';
import { checkRekeyPipelines } from '../attacks/rekey-pipelines.js';
import { checkRekeyStalls } from '../attacks/rekey-stalls.js';

const carriers = [tcp, webSocket];

const classes = [...CIPHER_CLASSES, BATCHED_CLASS];

checkCases('A: the ident', identCases, carriers);
checkCases('B: packets in plain text', plainPacketCases, carriers);
checkCases('B: packets under keys', classes.flatMap(sealedPacketCases), carriers);
checkCases('B: bits flipped', classes.flatMap(bitFlipCases), carriers);
checkCases('C: KEXINIT', kexinitCases, carriers);
for (const crypto of [noble, nodeCrypto]) {
  checkCases(`D: exchange values and ${crypto.name}`, exchangeValueCases(crypto), carriers);
}
for (const group of FINITE_FIELDS) checkCases(`D: ${group[0]}`, finiteFieldCases(group), carriers);
checkCases('D: group exchange', groupExchangeCases, carriers);
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases, carriers);
checkCases('E: strict key exchange, NEWKEYS, EXT_INFO', strictCases, carriers);
checkCases('F: rekey', rekeyCases, carriers);
checkRekeyStalls(carriers);
checkRekeyPipelines(carriers);
checkCases('G: logins', loginCases, carriers);
checkCases('Q: time', graceCases, carriers);
checkCases('Q: small memory', smallMemoryCases, carriers);
checkClientCases('A and N: the ident', identClientCases, carriers);
checkClientCases('N: the host key', [...strangerCases, ...verifierCases], carriers);
checkClientCases('N: the reply of the exchange', [...replyCases, ...malformedReplyCases], carriers);
checkClientCases('N: exchange values', clientExchangeValueCases, carriers);
checkClientCases('N: another host key', rekeyClientCases, carriers);
checkClientCases('N: EXT_INFO', extInfoCases, carriers);
checkClientCases('N: prefix truncation', prefixCases, carriers);
checkCases('H: certificates of users', [legalUserCertificate, ...userCertificateCases], carriers);
checkClientCases('N: certificates of hosts', [legalHostCertificate, ...hostCertificateCases], carriers);
checkCases('I: channels', [...openCases, ...windowCases, ...idCases, ...floodCases], carriers);
checkCases('P: compression', compressionCases, carriers);
checkClientCases('N and P: compression', compressionClientCases, carriers);
checkCases('J: forwarding', forwardingCases, carriers);
checkClientCases('I and N: channels of a client', [...channelClientCases, ...openClientCases], carriers);

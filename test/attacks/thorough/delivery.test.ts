/** Groups B and C with each byte of a KEXINIT, and of packets that are written together, in a chunk of its own. */
import { checkCases } from '../case.js';
import { bitFlipCases } from '../cases/bit-flips.js';
import { kexinitCases } from '../cases/kexinit.js';
import { CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from '../cases/packets.js';

checkCases('B: packets in plain text', plainPacketCases);
checkCases('B: packets under keys', CIPHER_CLASSES.flatMap(sealedPacketCases));
checkCases('B: bits flipped', CIPHER_CLASSES.flatMap(bitFlipCases));
checkCases('C: KEXINIT', kexinitCases);

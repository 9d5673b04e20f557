/** Groups A and B: hostile first lines and hostile packets. */
import { checkCases } from './case.js';
import { bitFlipCases } from './cases/bit-flips.js';
import { identCases } from './cases/ident.js';
import { CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from './cases/packets.js';

checkCases('A: the ident', identCases);
checkCases('B: packets in plain text', plainPacketCases);
checkCases('B: packets under keys', CIPHER_CLASSES.flatMap(sealedPacketCases));
checkCases('B: bits flipped', CIPHER_CLASSES.flatMap(bitFlipCases));

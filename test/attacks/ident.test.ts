/** Groups A and B: hostile first lines and hostile packets. */
import { checkCases } from './case.js';
import { bitFlipCases } from './cases/bit-flips.js';
import { identCases } from './cases/ident.js';
import { BATCHED_CLASS, CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from './cases/packets.js';

const classes = [...CIPHER_CLASSES, BATCHED_CLASS];

checkCases('A: the ident', identCases);
checkCases('B: packets in plain text', plainPacketCases);
checkCases('B: packets under keys', classes.flatMap(sealedPacketCases));
checkCases('B: bits flipped', classes.flatMap(bitFlipCases));

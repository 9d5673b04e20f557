/** Groups B and C with each byte of a KEXINIT, and of packets that are written together, in a chunk of its own. */
import { checkCases } from '../case.js';
import { bitFlipCases } from '../cases/bit-flips.js';
import { kexinitCases } from '../cases/kexinit.js';
import { BATCHED_CLASS, CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from '../cases/packets.js';

const classes = [...CIPHER_CLASSES, BATCHED_CLASS];

checkCases('B: packets in plain text', plainPacketCases);
checkCases('B: packets under keys', classes.flatMap(sealedPacketCases));
checkCases('B: bits flipped', classes.flatMap(bitFlipCases));
checkCases('C: KEXINIT', kexinitCases);

/**
 * Groups A and B: hostile first lines and hostile packets. Of the ways to protect a packet, these have one that encrypts the length by
 * itself, and one that encrypts it with the packet; `thorough/delivery.test.ts` has all others, and those behind promises.
 */
import { checkCases } from './case.js';
import { bitFlipCases } from './cases/bit-flips.js';
import { identCases } from './cases/ident.js';
import { CIPHER_CLASSES, plainPacketCases, sealedPacketCases } from './cases/packets.js';

const SOME = ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'];
const classes = CIPHER_CLASSES.filter(({ cipher = '', mac = cipher }) => SOME.includes(mac));

checkCases('A: the ident', identCases);
checkCases('B: packets in plain text', plainPacketCases);
checkCases('B: packets under keys', classes.flatMap(sealedPacketCases));
checkCases('B: bits flipped', classes.flatMap(bitFlipCases));

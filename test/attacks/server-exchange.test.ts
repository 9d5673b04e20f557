/** Hostile messages in the first key exchange. */
import { checkCases, type Case } from './case.js';
import { concat, settle, str, uint32 } from './raw-peer.js';

checkCases('the first exchange', [
  [
    'W10 a message before KEXINIT',
    async (peer) => {
      const kexinit = peer.transport.take();
      const ident = kexinit.subarray(0, kexinit.indexOf(10) + 1);
      peer.raw(ident);
      peer.raw(concat(uint32(12), [5, 2], str('x'), new Uint8Array(5)).subarray(0, 16));
      peer.raw(kexinit.subarray(ident.length));
      await settle();
    },
    2,
  ],
  ...[2, 3, 4, 7, 192, 199].map((number): Case => [
    `W11 ${number} between KEXINIT and the exchange`,
    async (peer) => {
      peer.flush();
      peer.send([number], str('x'));
    },
    2,
  ]),
  [
    'W14 SERVICE_REQUEST in plain text',
    (peer) => {
      peer.flush();
      peer.send([5], str('ssh-userauth'));
    },
    2,
  ],
  [
    'W16 NEWKEYS before the exchange',
    (peer) => {
      peer.flush();
      peer.send([21]);
    },
    2,
  ],
  [
    'W16 a reply from a client',
    (peer) => {
      peer.flush();
      peer.send([31], str('x'));
    },
    2,
  ],
  ...[
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}ff`,
  ].map((hex): Case => [
    `W17 Q_C of low order ${hex.slice(0, 8)}`,
    (peer) => {
      peer.flush();
      peer.send([30], str(Uint8Array.from(hex.match(/../g)!, (digits) => Number.parseInt(digits, 16))));
    },
    3,
  ]),
  ...[0, 31, 33, 64].map((length): Case => [
    `W18 Q_C of ${length} bytes`,
    (peer) => {
      peer.flush();
      peer.send([30], str(new Uint8Array(length)));
    },
    3,
  ]),
  [
    'W18 Q_C longer than the packet',
    (peer) => {
      peer.flush();
      peer.send([30], uint32(2 ** 31), new Uint8Array(40));
    },
    2,
  ],
]);

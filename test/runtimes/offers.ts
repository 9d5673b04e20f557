/** What `offers.test.ts` runs on every runtime: the algorithms that each role names in its KEXINIT by default, with the runtime's provider. */
import { connect, createServer, generateKey, type ByteLink } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { memoryLinks } from '@nacre/core/testing';
import { SSH_MSG_KEXINIT } from '../../packages/core/src/transport/messages.js';
import { concat, readUint32 } from '../attacks/bytes.js';

/** In order of preference. */
export interface Offer {
  readonly keyExchanges: readonly string[];
  readonly ciphers: readonly string[];
}

export interface Offers {
  readonly server: Offer;
  readonly client: Offer;
}

/** The first message after the identification: packet_length ‖ padding_length ‖ payload ‖ padding. */
function readOffer(opening: Uint8Array): Offer | undefined {
  const packet = opening.subarray(opening.indexOf(10) + 1);
  if (packet.length < 5 || packet.length < 4 + readUint32(packet, 0)) return undefined;
  const kexinit = SSH_MSG_KEXINIT.decode(packet.slice(5, 4 + readUint32(packet, 0) - packet[4]!));
  const isMarker = (name: string): boolean => /^(ext-info|kex-strict)-/.test(name);
  return {
    keyExchanges: kexinit.kexAlgorithms.filter((name) => !isMarker(name)),
    ciphers: kexinit.encryptionAlgorithmsClientToServer,
  };
}

/** What the other end of a link offers. */
function heard(link: ByteLink): Promise<Offer> {
  return new Promise((resolve) => {
    let opening: Uint8Array = new Uint8Array(0);
    link.open({
      chunk: (chunk) => {
        opening = concat(opening, chunk);
        const offer = readOffer(opening);
        if (offer !== undefined) resolve(offer);
      },
      end: () => undefined,
      drain: () => undefined,
    });
  });
}

export async function offers(crypto: CryptoProvider): Promise<string> {
  const [ofServer, toServer] = memoryLinks();
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519', { crypto })], crypto });
  void server.accept(toServer);
  const [ofClient, toClient] = memoryLinks();
  const connection = connect(toClient, { user: 'u', verifyHostKey: () => true, crypto });
  connection.catch(() => undefined);
  const all: Offers = { server: await heard(ofServer), client: await heard(ofClient) };
  for (const link of [ofServer, ofClient]) link.destroy();
  await connection.catch(() => undefined);
  return JSON.stringify(all);
}

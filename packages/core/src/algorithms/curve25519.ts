/** RFC 8731: key exchange `curve25519-sha256`, also under its older name `curve25519-sha256@libssh.org`. */
import { agree } from './agreement.js';
import type { KeyExchangeAlgorithm } from './algorithm.js';

const PUBLIC_KEY_LENGTH = 32;

export const curve25519Sha256: KeyExchangeAlgorithm = {
  hash: 'sha256',
  secretEncoding: 'mpint',
  initiate: (crypto) => {
    const { privateKey, publicKey } = crypto.x25519.generate();
    return { share: publicKey, secret: privateKey };
  },
  finish: (crypto, secret, serverShare) => agree(crypto.x25519, secret, serverShare, PUBLIC_KEY_LENGTH),
  respond: (crypto, clientShare) => {
    const { privateKey, publicKey } = crypto.x25519.generate();
    return { share: publicKey, sharedSecret: agree(crypto.x25519, privateKey, clientShare, PUBLIC_KEY_LENGTH) };
  },
};

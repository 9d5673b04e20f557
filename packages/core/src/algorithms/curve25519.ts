/** RFC 8731: key exchange `curve25519-sha256`, also under its older name `curve25519-sha256@libssh.org`. */
import type { Needs } from '../crypto/provider.js';
import { agree, initiate, respond } from './agreement.js';
import { shareExchange } from './share-exchange.js';

const PUBLIC_KEY_LENGTH = 32;

export const curve25519Sha256 = shareExchange<Needs<'x25519'>>({
  hash: 'sha256',
  secretEncoding: 'mpint',
  initiate: ({ x25519 }) => initiate(x25519),
  finish: ({ x25519 }, secret, serverShare) => agree(x25519, secret, serverShare, PUBLIC_KEY_LENGTH),
  respond: ({ x25519 }, clientShare) => respond(x25519, clientShare, PUBLIC_KEY_LENGTH),
});

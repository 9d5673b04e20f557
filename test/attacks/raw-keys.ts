/** RFC 4253 §7.2 and §8, RFC 8731 for tests, independent of ours: one exchange with curve25519-sha256. */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { CipherAlgorithm, CipherKeys, MacAlgorithm } from '../../packages/core/src/algorithms/algorithm.js';
import { bytes, concat, mpint, str } from './bytes.js';

/**
 * The one key pair of these ends: no RFC forbids that a peer uses one again, and thousands of connections need not make any.
 * It is encoded by the call that makes it: Node 20 may hang when it exports a key that it has just made.
 */
const pair = generateKeyPairSync('x25519', {
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  publicKeyEncoding: { format: 'der', type: 'spki' },
});
const privateKey = createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' });

/** The share that a raw end sends. */
export const ownShare = Uint8Array.from(pair.publicKey.subarray(-32));

/** K as an `mpint`. The share is read as a JSON Web Key: DER takes ten times as long. */
export function agree(share: Uint8Array): Uint8Array {
  const x = Buffer.from(share).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return mpint(diffieHellman({ privateKey, publicKey }));
}

export interface Transcript {
  readonly client: { readonly identification: string; readonly kexinit: Uint8Array; readonly share: Uint8Array };
  readonly server: Transcript['client'] & { readonly hostKey: Uint8Array };
}

const sha256 = (message: Uint8Array): Uint8Array => Uint8Array.from(createHash('sha256').update(message).digest());

export function exchangeHash({ client, server }: Transcript, secret: Uint8Array): Uint8Array {
  return sha256(
    concat(
      ...[bytes(client.identification), bytes(server.identification), client.kexinit, server.kexinit].map(str),
      ...[server.hostKey, client.share, server.share].map(str),
      secret,
    ),
  );
}

/** The keys of one direction: HASH(K ‖ H ‖ letter ‖ session_id), as long as its algorithms need them. */
export function directionKeys(
  direction: 'client' | 'server',
  exchange: { readonly secret: Uint8Array; readonly hash: Uint8Array; readonly sessionId: Uint8Array },
  cipher: CipherAlgorithm,
  mac: MacAlgorithm | undefined,
): CipherKeys {
  const derive = (letter: string, length: number): Uint8Array => {
    let key: Uint8Array = new Uint8Array(0);
    while (key.length < length) {
      const rest = key.length === 0 ? concat(bytes(letter), exchange.sessionId) : key;
      key = concat(key, sha256(concat(exchange.secret, exchange.hash, rest)));
    }
    return key.slice(0, length);
  };
  const [iv, key, macKey] = direction === 'client' ? 'ACE' : 'BDF';
  return {
    iv: derive(iv!, cipher.ivLength),
    key: derive(key!, cipher.keyLength),
    macKey: derive(macKey!, mac?.keyLength ?? 0),
  };
}

/** RFC 4253 §7.2 and §8, RFC 8731 for tests, apart from ours: one exchange with curve25519-sha256. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { CipherAlgorithm, CipherKeys, MacAlgorithm } from '../../packages/core/src/algorithms/algorithm.js';
import { bytes, concat, mpint, str } from './bytes.js';

const SPKI_HEAD = Uint8Array.from(Buffer.from('302a300506032b656e032100', 'hex'));

export interface KeyPair {
  readonly share: Uint8Array;
  readonly secret: KeyObject;
}

export function generateShare(): KeyPair {
  // Encoded by the call that makes them: Node 20 may stand still where a key is exported that it has just made.
  const { privateKey, publicKey } = generateKeyPairSync('x25519', {
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    publicKeyEncoding: { format: 'der', type: 'spki' },
  });
  const secret = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  return { share: Uint8Array.from(publicKey.subarray(-32)), secret };
}

/** K as an `mpint`. */
export function agree({ secret }: KeyPair, share: Uint8Array): Uint8Array {
  const der = Buffer.from(concat(SPKI_HEAD, share));
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return mpint(diffieHellman({ privateKey: secret, publicKey }));
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

/** The keys of one direction: HASH(K ‖ H ‖ letter ‖ session_id), as long as its algorithms want them. */
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

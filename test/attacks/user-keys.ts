/** User keys of every kind, and a server that counts what it computes for them. */
import { accept, generateKey, type Hooks, type PrivateKey } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import {
  createAuthenticator,
  SK_ECDSA,
  SK_ED25519,
  WEBAUTHN,
  type Authenticator,
  type Lies,
} from '../vectors/authenticator.js';
import { concat, str } from './bytes.js';
import { subject, type Subject } from './subject.js';
import type { RawPeer } from './raw-peer.js';

/** Something that signs, under the name in the request. */
export interface UserKey {
  readonly algorithm: string;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

export const security = {
  [SK_ED25519]: createAuthenticator(SK_ED25519),
  [SK_ECDSA]: createAuthenticator(SK_ECDSA),
  [WEBAUTHN]: createAuthenticator(WEBAUTHN, 'example.org'),
};
const names = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];
export const allNames = [...names, ...Object.keys(security)];
export const keys = new Map<string, UserKey>();
/** Of the same types, and nobody's. */
export const strangers = new Map<string, UserKey>();

/** A key of each type, which signs under all names of its type. */
async function makePlainKeys(into: Map<string, UserKey>): Promise<void> {
  const made = new Map<string, PrivateKey>();
  for (const algorithm of names) {
    const type = algorithm.startsWith('ecdsa-') ? algorithm : 'ssh-rsa';
    const key = made.get(type) ?? (await makeKey(type));
    made.set(type, key);
    into.set(algorithm, { algorithm, publicKey: key.publicKey, sign: async (message) => key.sign(algorithm, message) });
  }
}

function makeKey(type: string): Promise<PrivateKey> {
  return generateKey(type as Parameters<typeof generateKey>[0], { bits: 2048, crypto: nodeCrypto });
}

export function securityKey({ algorithm, publicKey, sign }: Authenticator, lies?: Lies): UserKey {
  return { algorithm, publicKey, sign: (message) => sign(message, lies) };
}

let made: Promise<void> | undefined;

/** Makes all keys, once for all files. */
export function makeUserKeys(): Promise<void> {
  made ??= makeAll();
  return made;
}

async function makeAll(): Promise<void> {
  await makePlainKeys(keys);
  await makePlainKeys(strangers);
  for (const authenticator of Object.values(security)) {
    keys.set(authenticator.algorithm, securityKey(authenticator));
    strangers.set(authenticator.algorithm, securityKey(createAuthenticator(authenticator.algorithm, 'example.org')));
  }
}

export interface Request {
  readonly user?: string;
  readonly service?: string;
  readonly algorithm?: string;
  readonly sessionId?: Uint8Array;
}

/** SSH_MSG_USERAUTH_REQUEST up to the signature. */
export function request(
  hasSignature: boolean,
  key: UserKey,
  { user = 'alice', service = 'ssh-connection', algorithm = key.algorithm }: Request = {},
) {
  const head = concat([50], str(user), str(service), str('publickey'), [hasSignature ? 1 : 0]);
  return concat(head, str(algorithm), str(key.publicKey));
}

export function signed(
  sessionId: Uint8Array,
  key: UserKey,
  held: Request = {},
  by: UserKey = key,
): Promise<Uint8Array> {
  return by.sign(concat(str(held.sessionId ?? sessionId), request(true, key, held)));
}

/** Counts what is computed for keys that peers offer. */
export interface Work {
  verifications: number;
}

function counting(work: Work): CryptoProvider {
  const counted = <Verifier extends { verify(...given: never[]): unknown }>(row: Verifier): Verifier => ({
    ...row,
    verify: (...given: Parameters<Verifier['verify']>) => {
      work.verifications += 1;
      return row.verify(...given);
    },
  });
  const { ed25519, rsa, ecdsa } = nodeCrypto;
  return {
    ...nodeCrypto,
    ed25519: counted(ed25519),
    rsa: counted(rsa),
    ecdsa: {
      nistp256: counted(ecdsa.nistp256),
      nistp384: counted(ecdsa.nistp384),
      nistp521: counted(ecdsa.nistp521),
    },
  };
}

export interface KeyServer extends Subject {
  readonly work: Work;
  /** What was proven, as the `authenticated` hook is told. */
  readonly proven: unknown[];
}

/** A server that accepts any offered key whose holder proves to have it. */
export async function keyServer(hooks: Hooks = {}): Promise<KeyServer> {
  const work = { verifications: 0 };
  const proven: unknown[] = [];
  const under = await subject({
    // Many forgers come from one address here, and each must be heard.
    limits: { penalties: false },
    crypto: counting(work),
    hooks: {
      authorizedKeys: ({ user }) => (user === 'alice' ? accept : undefined),
      authenticated: ({ key }) => void proven.push(key?.assertion ?? key?.algorithm),
      ...hooks,
    },
  });
  return { ...under, work, proven };
}

/** Sends a request and returns the server's answer. */
export async function answer(peer: RawPeer, payload: Uint8Array): Promise<Uint8Array> {
  const count = peer.received.length;
  peer.send(payload);
  await peer.until(() => peer.received.length > count, 'an answer');
  return peer.received[count]!;
}

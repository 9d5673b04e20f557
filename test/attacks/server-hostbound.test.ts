/** OpenSSH's PROTOCOL §1.11: a login by key that names the server's host key is worthless if that is another server's. */
import { generateKey, type PrivateKey } from '@nacre/core';
import { beforeAll, expect, test } from 'vitest';
import { concat, RawPeer, settle, str, subject } from './raw-peer.js';

const NAME = 'ssh-ed25519';
const METHOD = 'publickey-hostbound-v00@openssh.com';
let key: PrivateKey;
let stranger: PrivateKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([generateKey(NAME), generateKey(NAME)]);
});

interface Request {
  readonly method?: string;
  /** Absent: the field is left out. */
  readonly hostKey?: Uint8Array | undefined;
  readonly hasSignature?: boolean;
}

function request({ method = METHOD, hostKey, hasSignature = true }: Request): Uint8Array {
  const head = concat([50], str('alice'), str('ssh-connection'), str(method), [hasSignature ? 1 : 0], str(NAME));
  return concat(head, str(key.publicKey), hostKey === undefined ? [] : str(hostKey));
}

/** Sends a request and a signature over another, or the same. @returns the number of the answer. */
async function answer(
  make: (hostKey: Uint8Array) => { readonly sent: Request; readonly signed?: Request },
): Promise<number> {
  const under = await subject({ hooks: { authorizedKeys: () => [key.public] } });
  const [host] = await under.server.hostKeys();
  const peer = await new RawPeer(under.server).requestService();
  const { sent, signed } = make(host!.publicKey);
  const signature = signed && (await key.sign(NAME, concat(str(peer.transport.sessionId!), request(signed))));
  peer.send(request(sent), signature === undefined ? [] : str(signature));
  await settle();
  // What follows a success belongs to the connection layer.
  const number = peer.received.map((payload) => payload[0]!).findLast((each) => each >= 50 && each < 80)!;
  expect(under.calls.includes('authenticated')).toBe(false);
  peer.close();
  return number;
}

test.each([
  ['the server’s own host key', 52, (hostKey: Uint8Array) => ({ sent: { hostKey }, signed: { hostKey } })],
  ['a query with it', 60, (hostKey: Uint8Array) => ({ sent: { hostKey, hasSignature: false } })],
  [
    'another’s, as a server in the middle would hand on',
    51,
    () => ({ sent: { hostKey: stranger.publicKey }, signed: { hostKey: stranger.publicKey } }),
  ],
  ['a query with another’s', 51, () => ({ sent: { hostKey: stranger.publicKey, hasSignature: false } })],
  ['no host key', 51, () => ({ sent: {}, signed: {} })],
  ['an empty one', 51, () => ({ sent: { hostKey: new Uint8Array(0) }, signed: { hostKey: new Uint8Array(0) } })],
  [
    'a signature over another’s',
    51,
    (hostKey: Uint8Array) => ({ sent: { hostKey }, signed: { hostKey: stranger.publicKey } }),
  ],
  [
    'a signature over plain publickey',
    51,
    (hostKey: Uint8Array) => ({ sent: { hostKey }, signed: { method: 'publickey' } }),
  ],
  [
    'plain publickey with a signature over it',
    51,
    (hostKey: Uint8Array) => ({ sent: { method: 'publickey' }, signed: { hostKey } }),
  ],
  [
    'plain publickey with its fields',
    51,
    (hostKey: Uint8Array) => ({ sent: { method: 'publickey', hostKey }, signed: { method: 'publickey', hostKey } }),
  ],
] as const)('%s: %d', async (_name, number, make) => {
  expect(await answer(make)).toBe(number);
});

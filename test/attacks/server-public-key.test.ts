/** RFC 4252 §7: hostile public keys. A key is worth what its signature proves; offering one has no effect. */
import { accept, generateKey, partial, type PrivateKey } from '@nacre/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { password } from './case.js';
import { bytes, concat, RawPeer, settle, str, subject, type Subject } from './raw-peer.js';

let key: PrivateKey;
let stranger: PrivateKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
});

interface Request {
  readonly user?: string;
  readonly service?: string;
  readonly algorithm?: string;
  readonly blob?: Uint8Array;
}

const NAME = 'ssh-ed25519';

/** SSH_MSG_USERAUTH_REQUEST up to the signature. */
function request(hasSignature: boolean, { user = 'alice', service = 'ssh-connection', ...held }: Request): Uint8Array {
  const { algorithm = NAME, blob = key.publicKey } = held;
  return concat([50], str(user), str(service), str('publickey'), [hasSignature ? 1 : 0], str(algorithm), str(blob));
}

const query = (blob: Uint8Array): Uint8Array => request(false, { blob });

/** A signature blob over a request; right in every way where nothing is said. */
async function sign(sessionId: Uint8Array, signed: Request = {}, by = key): Promise<Uint8Array> {
  return by.sign(NAME, concat(str(sessionId), request(true, signed)));
}

/** The 64 bytes of a signature blob. */
const inner = (signature: Uint8Array): Uint8Array => signature.subarray(-64);

/** A server where `alice` needs her key and then a password; `proven` counts what it took for proven. */
async function keyServer(): Promise<Subject & { readonly proven: string[] }> {
  const proven: string[] = [];
  const under = await subject({
    hooks: {
      authorizedKeys: () => [key.public],
      authenticated: ({ method, connection }) => {
        proven.push(method);
        if (method !== 'publickey') return connection.state === 'key' ? accept : undefined;
        connection.state = 'key';
        return partial(['password']);
      },
      password: ({ connection }, word) => (word === 'right' && connection.state === 'key' ? accept : undefined),
    },
  });
  return { ...under, proven };
}

/** The server's last words: the number, and whether it is a partial success. */
function last(peer: RawPeer): { readonly number: number; readonly partialSuccess: boolean } {
  const payload = peer.received.at(-1)!;
  return { number: payload[0]!, partialSuccess: payload[0] === 51 && payload.at(-1) === 1 };
}

const badSignatures: readonly (readonly [string, (sessionId: Uint8Array) => Promise<Uint8Array>])[] = [
  ['no bytes at all', () => Promise.resolve(new Uint8Array(0))],
  ['an empty signature', () => Promise.resolve(concat(str(NAME), str('')))],
  ['64 zero bytes', () => Promise.resolve(concat(str(NAME), str(new Uint8Array(64))))],
  ['another inner name', async (id) => concat(str('ssh-rsa'), str(inner(await sign(id))))],
  ['63 bytes', async (id) => concat(str(NAME), str(inner(await sign(id)).subarray(0, 63)))],
  ['65 bytes', async (id) => concat(str(NAME), str(concat(inner(await sign(id)), [0])))],
  ['a byte after the inner signature', async (id) => concat(await sign(id), [0])],
  ['the signature of another session', (id) => sign(id.map((byte) => byte ^ 1))],
  ['the signature of another user', (id) => sign(id, { user: 'bob' })],
  ['the signature for another service', (id) => sign(id, { service: 'ssh-userauth' })],
  ['the signature of another key over the request', (id) => sign(id, {}, stranger)],
  ['the signature over another blob', (id) => sign(id, { blob: stranger.publicKey })],
  ['the signature of the bare session id', async (id) => key.sign(NAME, id)],
  ['S + L, the second form of one signature', async (id) => concat(str(NAME), str(plusOrder(inner(await sign(id)))))],
];

/** RFC 8032 §5.1.7: S has one form, below the order of the group; adding the order must not make another. */
function plusOrder(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const reversed = signature.slice(32).toReversed();
  const s = BigInt(`0x${Buffer.from(reversed).toString('hex')}`) + order;
  const sum = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed();
  return concat(signature.subarray(0, 32), sum);
}

describe('W30 a signature that does not hold proves nothing, though the key is authorized', () => {
  test.each(badSignatures)('%s', async (_name, make) => {
    const under = await keyServer();
    const peer = await new RawPeer(under.server).requestService();
    peer.send(request(true, {}), str(await make(peer.transport.sessionId!)));
    await settle();
    expect(last(peer)).toEqual({ number: 51, partialSuccess: false });
    peer.send(password('alice', 'right'));
    await settle();
    expect(last(peer)).toEqual({ number: 51, partialSuccess: false });
    expect(under.proven).toEqual([]);
    const attempts = under.log.filter(({ message }) => message === 'attempt').map(({ fields }) => fields['outcome']);
    expect(attempts).toEqual(['refuse', 'refuse']);
    peer.close();
  });

  test('a byte after the signature field', async () => {
    const under = await keyServer();
    const peer = await new RawPeer(under.server).requestService();
    peer.send(request(true, {}), str(await sign(peer.transport.sessionId!)), [0]);
    await settle();
    expect(last(peer)).toEqual({ number: 51, partialSuccess: false });
    expect(under.proven).toEqual([]);
    peer.close();
  });

  test('each counts: the sixth ends the connection', async () => {
    const under = await keyServer();
    const peer = await new RawPeer(under.server).requestService();
    for (let index = 0; index < 6; index += 1) peer.send(request(true, {}), str(concat(str(NAME), str(bytes('no')))));
    for (let index = 0; index < 4; index += 1) await settle();
    expect(peer.received.filter((payload) => payload[0] === 51).length).toBe(5);
    expect(peer.end).toBe(14);
    expect(under.proven).toEqual([]);
  });
});

describe('W29 the key that counts is the one whose signature was verified', () => {
  test('a query about a good key does not vouch for another', async () => {
    const under = await keyServer();
    const peer = await new RawPeer(under.server).requestService();
    const id = peer.transport.sessionId!;
    const answers: number[] = [];
    const ask = async (...parts: readonly Uint8Array[]): Promise<void> => {
      peer.send(...parts);
      await settle();
      answers.push(last(peer).number);
    };
    const other = { blob: stranger.publicKey };
    await ask(query(key.publicKey));
    await ask(query(stranger.publicKey));
    await ask(request(true, other), str(await sign(id, other, stranger)));
    await ask(query(key.publicKey));
    await ask(request(true, {}), str(await sign(id, {}, stranger)));
    expect(answers).toEqual([60, 51, 51, 60, 51]);
    expect(under.proven).toEqual([]);
    await ask(request(true, {}), str(await sign(id)));
    expect(last(peer)).toEqual({ number: 51, partialSuccess: true });
    expect(under.proven).toEqual(['publickey']);
    await peer.ask(52, password('alice', 'right'));
    const [connection] = under.server.connections;
    expect(connection?.keyFingerprint).toMatch(/^SHA256:/);
    peer.close();
  });
});

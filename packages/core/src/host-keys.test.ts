/** draft-miller-sshm-hostkey-update in both roles; several host keys; host keys that change while a server runs. */
import { expect, test } from 'vitest';
import type { Signer } from './algorithms/algorithm.js';
import { noble } from './crypto/noble.js';
import { encodeRsaPublicKey } from './algorithms/rsa.js';
import { signatures } from './algorithms/table.js';
import { connect, type Client } from './client/client.js';
import type { ConnectOptions } from './client/options.js';
import { ProtocolError } from './errors.js';
import { announcement, HostKeyLearner } from './host-keys.js';
import { formatPublicKey, generateKey, parseKnownHosts, type HostKeyChange, type PrivateKey } from './keys/index.js';
import { createServer } from './server/create-server.js';
import type { Server } from './server/server.js';
import { memoryLinks, pair, type Pair } from './testing/index.js';
import { Writer } from './wire/writer.js';

const turns = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));
const settle = async (): Promise<void> => {
  for (let index = 0; index < 10; index += 1) await turns();
};

const hooks = { none: () => ({ verdict: 'accept' as const }) };
const ed25519 = await generateKey('ssh-ed25519');
const second = await generateKey('ssh-ed25519');
const ecdsa = await generateKey('ecdsa-sha2-nistp256');
const retired = await generateKey('ssh-ed25519');
const shortRsa = await generateKey('ssh-rsa', { bits: 2048 });

const line = (host: string, key: PrivateKey): string => `${host} ${formatPublicKey(key.public)}\n`;

/** A client whose known_hosts contains `text`, and the resulting text. */
async function learn(
  hostKeys: readonly Signer[],
  text: string,
  options: Partial<ConnectOptions> = {},
): Promise<Pair & { readonly saved: readonly string[] }> {
  const saved: string[] = [];
  const known = parseKnownHosts(text);
  const { client, server } = await pair({
    server: { hostKeys, hooks },
    client: {
      verifyHostKey: known.verify('host'),
      hostKeyUpdates: known.updates('host', 22, (changed) => void saved.push(changed)),
      ...options,
    },
  });
  await settle();
  return { client, server, saved };
}

test('a client learns keys that are proven, forgets those that are gone, and leaves other lines alone', async () => {
  const other = `# mine\n${line('other', await generateKey('ssh-ed25519'))}`;
  const text = `${other}${line('host', ed25519)}${line('host', retired)}`;
  const { saved } = await learn([ed25519, second, ecdsa], text);
  const learned = `${other}${line('host', ed25519)}${line('host', second)}${line('host', ecdsa)}`;
  await expect.poll(() => saved).toEqual([learned]);
});

test.each([
  [undefined, [second]],
  [2048, [shortRsa, second]],
])('an RSA key that has too few bits to prove a host is not learned: %s', async (requiredRsaSize, learned) => {
  const known = parseKnownHosts(line('host', ed25519));
  const saved: string[] = [];
  const server = createServer({ hostKeys: [ed25519, shortRsa, second], requiredRsaSize: 2048, hooks });
  const [near, far] = memoryLinks();
  void server.accept(far);
  await connect(near, {
    user: 'test',
    verifyHostKey: known.verify('host'),
    hostKeyUpdates: known.updates('host', 22, (changed) => void saved.push(changed)),
    credentials: [{ method: 'none' }],
    ...(requiredRsaSize === undefined ? {} : { requiredRsaSize }),
  });
  const lines = [ed25519, ...learned].map((key) => line('host', key)).join('');
  await expect.poll(() => saved).toEqual([lines]);
  await server.close();
});

test('names that were hashed stay so', async () => {
  const known = parseKnownHosts('');
  known.add('host', 22, ed25519.publicKey, { hashed: true });
  const { saved } = await learn([ed25519, ecdsa], known.format());
  await expect.poll(() => saved.length).toBe(1);
  expect(saved[0]).toMatch(/^\|1\|.*\n\|1\|.*ecdsa-sha2-nistp256 .*\n$/);
  expect(parseKnownHosts(saved[0]!).verify('host')({ blob: ecdsa.publicKey })).toBe('trusted');
});

test.each<[string, string, Partial<ConnectOptions>]>([
  ['the key was accepted, not known', line('host', ed25519), { verifyHostKey: () => true }],
  ['nothing is new', line('host', ed25519) + line('host', ecdsa), {}],
  ['the line has a pattern', line('h*st', ed25519), {}],
  ['the line has several names', line('host,address,other', ed25519), {}],
  ['a line revokes a key', line('host', ed25519) + line('@revoked *', retired), {}],
  ['a line names an authority', line('host', ed25519) + line('@cert-authority host', retired), {}],
  ['a new key stands for another host', line('host', ed25519) + line('other', ecdsa), {}],
  ['an old key stands for another host', line('host', ed25519) + line('host', retired) + line('other', retired), {}],
  ['the type is not taken of host keys', line('host', ed25519), { algorithms: { hostKeys: 'ssh-ed25519' } }],
])('nothing is learned where %s', async (_, text, options) => {
  const { saved } = await learn([ed25519, ecdsa], text, options);
  expect(saved).toEqual([]);
});

test.each<[string, (signer: Signer) => Signer]>([
  [
    'another key',
    ({ publicKey, algorithms }) => ({ publicKey, algorithms, sign: (name, data) => second.sign(name, data) }),
  ],
  ['nobody', ({ publicKey, algorithms }) => ({ publicKey, algorithms, sign: () => Promise.reject(new Error('lost')) })],
  ['the key, of other bytes', (key) => ({ ...shown(key), sign: (name, data) => key.sign(name, data.subarray(1)) })],
])('Security: nothing is learned where one of the proofs is made by %s', async (_, forge) => {
  const { saved, client } = await learn([ed25519, ecdsa, forge(retired)], line('host', ed25519));
  expect(saved).toEqual([]);
  expect(await client.ping()).toBeGreaterThanOrEqual(0);
});

const shown = ({ publicKey, algorithms }: Signer): Pick<Signer, 'publicKey' | 'algorithms'> => ({
  publicKey,
  algorithms,
});

test('a fault of the application ends its connection', async () => {
  const known = parseKnownHosts(line('host', ed25519));
  const update = (_change: HostKeyChange): void => {
    throw new Error('disk full');
  };
  const { client } = await learn([ed25519, ecdsa], '', {
    verifyHostKey: known.verify('host'),
    hostKeyUpdates: { known: () => [ed25519.publicKey], update },
  });
  expect((await client.closed)?.message).toBe('disk full');
});

function blobs(...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const part of parts) writer.string(part);
  return writer.bytes.slice(0, writer.offset);
}

/** A learner to which `ed25519` is known, with other options as the test needs them. */
function createLearner(options: Partial<ConstructorParameters<typeof HostKeyLearner>[0]>): HostKeyLearner {
  return new HostKeyLearner({
    crypto: noble,
    signatures,
    accepted: Object.keys(signatures),
    requiredRsaSize: 3072,
    updates: { known: () => [ed25519.publicKey], update: () => expect.unreachable() },
    ask: () => expect.unreachable(),
    guard: (work) => work(),
    ...options,
  });
}

/** The keys for which a learner requests proofs when it receives `fields`. */
function asked(fields: Uint8Array, hostKeyAlgorithm = 'ssh-ed25519'): readonly Uint8Array[] {
  const requests: Uint8Array[] = [];
  const learner = createLearner({
    ask: (request) => void requests.push(request),
  });
  const context = { sessionId: new Uint8Array(32), hostKey: ed25519.publicKey, hostKeyAlgorithm };
  learner.receive(fields, context);
  learner.receive(fields, context);
  return requests;
}

test('proofs are asked for once, and only of keys that are not known', () => {
  const unknownType = blobs(new TextEncoder().encode('ssh-new'), new Uint8Array(32));
  const fields = blobs(ed25519.publicKey, ecdsa.publicKey, unknownType, second.publicKey);
  expect(asked(fields)).toEqual([blobs(ecdsa.publicKey, second.publicKey)]);
});

test('keys that prove nothing to this client are passed over, and the others are learned', () => {
  const rsa1024 = encodeRsaPublicKey({ n: new Uint8Array(128).fill(0x81), e: Uint8Array.of(1, 0, 1) });
  const cut = ed25519.publicKey.subarray(0, -1);
  expect(asked(blobs(rsa1024, cut, second.publicKey))).toEqual([blobs(second.publicKey)]);
});

test.each<[string, Uint8Array]>([
  ['a key twice', blobs(ecdsa.publicKey, ecdsa.publicKey)],
  [
    'more keys than anybody has',
    blobs(ecdsa.publicKey, ...Array.from({ length: 32 }, (_, index) => Uint8Array.of(index))),
  ],
  ['a key of 8 KiB and more', blobs(ecdsa.publicKey, new Uint8Array(8193))],
  ['no key', new Uint8Array(0)],
])('an announcement of %s is passed over', (_, fields) => {
  expect(asked(fields)).toEqual([]);
});

test('a server announces as many keys as a client looks at', () => {
  const few = Array.from({ length: 32 }, () => ed25519);
  const announced = blobs(...few.map((key) => key.publicKey));
  expect(announcement({ hostKeys: few })).toEqual(announced);
  expect(announcement({ hostKeys: [...few, second] })).toEqual(announced);
});

test.each([
  ['rsa-sha2-256', 'rsa-sha2-256', 1],
  ['rsa-sha2-256', 'rsa-sha2-512', 0],
  ['ssh-ed25519', 'rsa-sha2-512', 1],
])('where %s was negotiated, a proof of an RSA key by %s adds %d', async (hostKeyAlgorithm, name, count) => {
  const sessionId = new Uint8Array(32);
  const message = blobs(new TextEncoder().encode('hostkeys-prove-00@openssh.com'), sessionId, shortRsa.publicKey);
  const signature = await shortRsa.sign(name, message);
  const told: HostKeyChange[] = [];
  const learner = createLearner({
    requiredRsaSize: 2048,
    updates: { known: () => [ed25519.publicKey], update: (change) => void told.push(change) },
    ask: (_fields, answered) => answered(blobs(signature)),
  });
  learner.receive(blobs(shortRsa.publicKey), { sessionId, hostKey: ed25519.publicKey, hostKeyAlgorithm });
  // RSA is verified outside the event loop, so that it takes an unknown number of turns.
  if (count > 0) await expect.poll(() => told).toHaveLength(count);
  else await settle();
  expect(told).toHaveLength(count);
});

test.each([
  ['none', 0],
  ['one', 1],
  ['three', 3],
])('Security: where two proofs are asked for, %s proves nothing', async (_what, count) => {
  const sessionId = new Uint8Array(32);
  const name = new TextEncoder().encode('hostkeys-prove-00@openssh.com');
  const [first, other] = await Promise.all(
    [second, retired].map((key) => key.sign('ssh-ed25519', blobs(name, sessionId, key.publicKey))),
  );
  const told: HostKeyChange[] = [];
  const learner = (proofs: readonly Uint8Array[]): HostKeyLearner =>
    createLearner({
      updates: { known: () => [ed25519.publicKey], update: (change) => void told.push(change) },
      ask: (_fields, answered) => answered(blobs(...proofs)),
    });
  const context = { sessionId, hostKey: ed25519.publicKey, hostKeyAlgorithm: 'ssh-ed25519' };
  const fields = blobs(second.publicKey, retired.publicKey);
  learner([first!, other!, first!].slice(0, count)).receive(fields, context);
  await settle();
  expect(told).toEqual([]);
  learner([first!, other!]).receive(fields, context);
  await expect.poll(() => told).toEqual([{ added: [second.publicKey, retired.publicKey], removed: [] }]);
});

test('a server that announces no key, because it has only certificates, makes nothing be forgotten', () => {
  const learner = createLearner({
    updates: { known: () => [ed25519.publicKey, retired.publicKey], update: () => expect.unreachable() },
  });
  const context = { sessionId: new Uint8Array(32), hostKey: ed25519.publicKey, hostKeyAlgorithm: 'ssh-ed25519' };
  learner.receive(blobs(), context);
});

test('a proof that an algorithm of the application fails to check adds nothing', async () => {
  const failing = { ...signatures['ssh-ed25519']!, verify: () => Promise.reject(new Error('the token is gone')) };
  const learner = createLearner({
    signatures: { 'ssh-ed25519': failing },
    ask: (_fields, answered) => answered(blobs(new Uint8Array(83))),
  });
  const context = { sessionId: new Uint8Array(32), hostKey: ed25519.publicKey, hostKeyAlgorithm: 'ssh-ed25519' };
  learner.receive(blobs(second.publicKey), context);
  await settle();
});

test('the key in use is not forgotten, even where a server does not announce it', () => {
  const told: HostKeyChange[] = [];
  const known = [ed25519, ecdsa, retired].map((key) => key.publicKey);
  const learner = createLearner({
    updates: { known: () => known, update: (change) => void told.push(change) },
  });
  const context = { sessionId: new Uint8Array(32), hostKey: ed25519.publicKey, hostKeyAlgorithm: 'ssh-ed25519' };
  learner.receive(blobs(ecdsa.publicKey), context);
  expect(told).toEqual([{ added: [], removed: [retired.publicKey] }]);
});

test('a certificate vouches for a host, and not for the keys that it announces', () => {
  expect(asked(blobs(ecdsa.publicKey), 'ssh-ed25519-cert-v01@openssh.com')).toEqual([]);
});

test('an announcement that is cut short is a fault', () => {
  expect(() => asked(blobs(ecdsa.publicKey).subarray(0, 50))).toThrow(ProtocolError);
});

async function login(server: Server, algorithms: string): Promise<Client> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  return connect(near, {
    user: 'test',
    verifyHostKey: () => true,
    credentials: [{ method: 'none' }],
    algorithms: { hostKeys: algorithms },
  });
}

test('of several host keys the client chooses', async () => {
  const server = createServer({ hostKeys: [ed25519, ecdsa], hooks });
  expect((await login(server, 'ecdsa-sha2-nistp256,ssh-ed25519')).hostKey).toEqual(ecdsa.publicKey);
  expect((await login(server, 'ssh-ed25519,ecdsa-sha2-nistp256')).hostKey).toEqual(ed25519.publicKey);
});

test('a list that was changed since, and is given again, is read again', async () => {
  const keys: Signer[] = [ed25519];
  const server = createServer({ hostKeys: keys, hooks });
  expect((await login(server, 'ssh-ed25519')).hostKey).toEqual(ed25519.publicKey);
  keys.push(ecdsa);
  server.setHostKeys(keys);
  expect((await login(server, 'ecdsa-sha2-nistp256')).hostKey).toEqual(ecdsa.publicKey);
  await server.close();
});

test('new host keys are for new connections; those that are there go on with theirs, through rekeys', async () => {
  let signatures = 0;
  const counted: Signer = {
    ...shown(ed25519),
    sign: (name, data) => {
      signatures += 1;
      return ed25519.sign(name, data);
    },
  };
  const server = createServer({ hostKeys: [counted, ecdsa], hooks, session: () => 0 });
  const old = await login(server, 'ssh-ed25519,ecdsa-sha2-nistp256');
  server.setHostKeys([second]);
  const young = await login(server, '*');
  server.setHostKeys(() => [retired]);
  const youngest = await login(server, '*');
  expect([old.hostKey, young.hostKey, youngest.hostKey]).toEqual(
    [ed25519, second, retired].map((key) => key.publicKey),
  );
  for (const rekey of [() => old.rekey(), () => server.connections[0]!.rekey()]) {
    rekey();
    expect((await old.exec('x')).exitCode).toBe(0);
  }
  await settle();
  expect(signatures).toBe(3);
  expect(old.hostKey).toEqual(ed25519.publicKey);
  await server.close();
});

/** RFC 4819: both halves of the publickey subsystem, and malformed packets. */
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { accept, formatPublicKey, generateKey, type Client, type PrivateKey, type ServerOptions } from '../index.js';
import { certificates, certify, issueCertificate } from '../keys/certificates/index.js';
import { pair } from '../testing/index.js';
import { requests } from './messages.js';
import { encodePacket, readPackets } from './packets.js';
import { memoryPublicKeys, PublicKeys, publicKeySubsystem, type PublicKeyStore, type StoredKey } from './index.js';

let key: PrivateKey;
let stored: StoredKey;
beforeAll(async () => {
  key = await generateKey('ssh-ed25519');
  stored = { algorithm: 'ssh-ed25519', blob: key.publicKey, attributes: [{ name: 'comment', value: 'laptop' }] };
});

async function connected(store: PublicKeyStore, options: Partial<ServerOptions> = {}): Promise<Client> {
  const { client } = await pair({ server: { session: publicKeySubsystem(store), ...options } });
  onTestFinished(() => client.close());
  return client;
}

const opened = async (client: Client): Promise<PublicKeys> => PublicKeys.open(await client.subsystem('publickey'));

test('§3: keys are listed, added, replaced and removed', async () => {
  const keys = await opened(await connected(memoryPublicKeys()));
  expect(await keys.list()).toEqual([]);
  await keys.add(stored);
  expect(await keys.list()).toEqual([stored]);
  await expect(keys.add(stored)).rejects.toMatchObject({ status: 'KEY_ALREADY_PRESENT' });
  const renamed = { ...stored, attributes: [{ name: 'comment', value: 'desk' }] };
  await keys.add(renamed, { overwrite: true });
  expect(await keys.list()).toEqual([renamed]);
  await keys.remove(stored);
  await expect(keys.remove(stored)).rejects.toMatchObject({ status: 'KEY_NOT_FOUND' });
});

test('users have keys of their own', async () => {
  const users = new Map([['other', [stored]]]);
  expect(await (await opened(await connected(memoryPublicKeys(users)))).list()).toEqual([]);
});

test('requests that are made at once are answered in order', async () => {
  const keys = await opened(await connected(memoryPublicKeys()));
  const [, listed, attributes] = await Promise.all([keys.add(stored), keys.list(), keys.attributes()]);
  expect([listed, attributes]).toEqual([[stored], [{ name: 'comment', compulsory: false }]]);
});

test('§4.1: a critical attribute that is not known refuses the key, another is left out', async () => {
  const keys = await opened(await connected(memoryPublicKeys()));
  const limited = { ...stored, attributes: [...stored.attributes, { name: 'from', value: '10.0.0.0/8' }] };
  await expect(keys.add(limited, { critical: ['from'] })).rejects.toMatchObject({ status: 'ATTRIBUTE_NOT_SUPPORTED' });
  expect(await keys.list()).toEqual([]);
  await keys.add(limited);
  expect(await keys.list()).toEqual([stored]);
});

test('§4.1: a compulsory attribute that is missing refuses the key', async () => {
  const store = { ...memoryPublicKeys(), attributes: [{ name: 'comment', compulsory: true }] };
  const keys = await opened(await connected(store));
  await expect(keys.add({ ...stored, attributes: [] })).rejects.toMatchObject({ status: 'GENERAL_FAILURE' });
});

test.each([
  ['another type than it says', (): StoredKey => ({ ...stored, algorithm: 'ssh-rsa' })],
  ['no key at all', (): StoredKey => ({ ...stored, blob: new Uint8Array(40) })],
  ['a type that nobody knows', (): StoredKey => ({ ...stored, algorithm: 'ssh-dss', blob: stored.blob })],
  ['cut short', (): StoredKey => ({ ...stored, blob: stored.blob.subarray(0, 20) })],
])('a key that is %s is not supported', async (_name, made) => {
  const keys = await opened(await connected(memoryPublicKeys()));
  await expect(keys.add(made())).rejects.toMatchObject({ status: 'KEY_NOT_SUPPORTED' });
});

test('a store that is full, and one that fails', async () => {
  const full = await opened(await connected(memoryPublicKeys(new Map(), 0)));
  await expect(full.add(stored)).rejects.toMatchObject({ status: 'STORAGE_EXCEEDED' });
  const broken = { ...memoryPublicKeys(), list: () => Promise.reject(new Error('disk')) };
  const keys = await opened(await connected(broken));
  await expect(keys.list()).rejects.toMatchObject({ status: 'GENERAL_FAILURE' });
  expect(await keys.attributes()).toHaveLength(1);
});

test('Security: a key with restrictions may not be exchanged for one without', async () => {
  const login = async (options: string): Promise<PublicKeys> => {
    const authorizedKeys = (): string => `${options} ${formatPublicKey(key.public)}`.trim();
    const { client } = await pair({
      server: { session: publicKeySubsystem(memoryPublicKeys()), hooks: { authorizedKeys } },
      client: { credentials: [{ method: 'publickey', key }] },
    });
    onTestFinished(() => client.close());
    return opened(client);
  };
  expect(await (await login('')).list()).toEqual([]);
  const keys = await login('no-pty');
  await expect(keys.list()).rejects.toMatchObject({ status: 'ACCESS_DENIED' });
  await expect(keys.add(stored)).rejects.toMatchObject({ status: 'ACCESS_DENIED' });
  await expect(keys.remove(stored)).rejects.toMatchObject({ status: 'ACCESS_DENIED' });
});

test('Security: a certificate, which ends some day, may not be exchanged for a key, which does not', async () => {
  const authority = await generateKey('ssh-ed25519');
  const certificate = await issueCertificate(authority, {
    role: 'user',
    key: key.publicKey,
    keyId: 'test',
    principals: ['test'],
    validBefore: 'forever',
  });
  const { client } = await pair({
    server: {
      session: publicKeySubsystem(memoryPublicKeys()),
      certificates,
      hooks: { authorizedKeys: () => `cert-authority ${formatPublicKey(authority.public)}` },
    },
    client: { credentials: [{ method: 'publickey', key: certify(key, certificate) }] },
  });
  onTestFinished(() => client.close());
  await expect((await opened(client)).add(stored)).rejects.toMatchObject({ status: 'ACCESS_DENIED' });
});

test.each([
  ['§3: version 1', encodePacket('version', requests.version, { version: 1 }), 0],
  ['a request before the version', encodePacket('list', requests.list, {}), 1],
  ['a length beyond every bound', Uint8Array.of(0xff, 0xff, 0xff, 0xff), 1],
  ['the end inside a packet', Uint8Array.of(0, 0, 0, 9, 0), 1],
  ['a list of attributes beyond every bound', Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 3, 97, 100, 100), 1],
])('%s ends the subsystem', async (_name, bytes, status) => {
  const process = await (await connected(memoryPublicKeys(), { hooks: { none: () => accept } })).subsystem('publickey');
  await process.write(bytes);
  process.end();
  expect((await process.exited).exitCode).toBe(status);
});

test('packets arrive byte by byte', async () => {
  const bytes = encodePacket('version', requests.version, { version: 2 });
  const chunks = [...bytes, ...bytes].map((byte) => Uint8Array.of(byte));
  const names: string[] = [];
  for await (const { name } of readPackets(() => Promise.resolve(chunks.shift()))) names.push(name);
  expect(names).toEqual(['version', 'version']);
  const cut = [bytes.subarray(0, 3)];
  await expect(readPackets(() => Promise.resolve(cut.shift())).next()).rejects.toBeInstanceOf(ProtocolError);
});

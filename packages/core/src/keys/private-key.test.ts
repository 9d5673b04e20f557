/** Private keys: generation, signing, and OpenSSH's PROTOCOL.key. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { signatures } from '../algorithms/table.js';
import type { SignatureAlgorithm } from '../algorithms/algorithm.js';
import { noble } from '../crypto/noble.js';
import { ConfigurationError } from '../errors.js';
import { isKeyTypeName, keyTypes } from './key-types.js';
import { legacy } from '../legacy/table.js';
import { ed25519Fields } from './ed25519-key.js';
import { formatPrivateKey } from './openssh-key-file.js';
import { parsePrivateKey } from './portable-keys.js';
import { generateKey } from './portable-keys.js';
import { PrivateKey } from './private-key.js';
import { fingerprint, formatPublicKey, parsePublicKey } from './public-key.js';
import { rsaFields } from './rsa-key.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';

const rows: Readonly<Record<string, SignatureAlgorithm>> = { ...signatures, ...legacy.signatures };
const message = new TextEncoder().encode('what is signed');

describe.each(Object.keys(keyTypes).filter(isKeyTypeName))('%s', (type) => {
  const made = generateKey(type, { bits: 2048, comment: 'a comment' });

  test('signs with each of its algorithms', async () => {
    const key = await made;
    for (const algorithm of key.algorithms) {
      const signature = await key.sign(algorithm, message);
      expect(rows[algorithm]?.keyType).toBe(type);
      expect(await rows[algorithm]?.verify(noble, key.publicKey, message, signature)).toBe(true);
    }
    expect(() => key.sign('ssh-dss', message)).toThrow(ConfigurationError);
  });

  test('is the same after a file', async () => {
    const key = await made;
    const again = parsePrivateKey(formatPrivateKey(key));
    expect(again.public).toEqual(key.public);
    expect(again.comment).toBe('a comment');
    const [algorithm] = again.algorithms;
    const signature = await again.sign(algorithm!, message);
    expect(await rows[algorithm!]?.verify(noble, key.publicKey, message, signature)).toBe(true);
  });

  test('has a public half that is the same after a line', async () => {
    const key = await made;
    expect(parsePublicKey(formatPublicKey(key.public))).toEqual(key.public);
    expect(parsePublicKey(`${formatPublicKey(key.public)}\r\n`).comment).toBe('a comment');
  });

  test('in a file with any byte changed it is the same key or a ConfigurationError', async () => {
    const key = await made;
    const lines = formatPrivateKey(key).split('\n');
    const bytes = Buffer.from(lines.slice(1, -2).join(''), 'base64');
    for (let index = 0; index < bytes.length; index += type === 'ssh-rsa' ? 37 : 3) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 0x81;
      const file = [lines[0], changed.toString('base64'), lines.at(-2)].join('\n');
      try {
        expect(parsePrivateKey(file).publicKey).toEqual(key.publicKey);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigurationError);
      }
    }
  });
});

test('a key that is printed or serialized does not show its secret', async () => {
  const seed = new Uint8Array(32).fill(0xa7);
  const ed25519 = { ...noble.ed25519, generate: () => ({ seed, publicKey: new Uint8Array(32).fill(0x11) }) };
  const key = await generateKey('ssh-ed25519', { crypto: { ...noble, ed25519 } });
  const shown = inspect(key, { depth: null, showHidden: true, maxArrayLength: null }) + JSON.stringify(key);
  expect(shown).toContain('17');
  expect(shown).not.toContain('167');
});

test('a type that does not exist', async () => {
  const type: string = 'rsa';
  await expect(generateKey(type as 'ssh-rsa')).rejects.toThrow('there is no key type "rsa"; there are ssh-ed25519');
});

test('refuses RSA keys out of bounds', async () => {
  for (const bits of [1024, 2047, 8193, 2048.5, Number.NaN]) {
    await expect(generateKey('ssh-rsa', { bits })).rejects.toThrow(ConfigurationError);
  }
});

test('refuses RSA numbers that do not belong together', async () => {
  const key = await generateKey('ssh-rsa', { bits: 2048 });
  const writer = new Writer();
  key.writeSecret(writer);
  const numbers = rsaFields.decode(writer.written());
  const material = keyTypes['ssh-rsa'].read(new Reader(writer.written()));
  const fileWith = (changed: object): string => {
    const write = (to: Writer): void => rsaFields.write(to, { ...numbers, ...changed });
    return formatPrivateKey(new PrivateKey('ssh-rsa', { ...material, write }, '', noble));
  };
  expect(parsePrivateKey(fileWith({})).publicKey).toEqual(key.publicKey);
  for (const name of ['d', 'iqmp', 'p', 'q'] as const) {
    const one = Uint8Array.of(1);
    const other = numbers[name].map((byte, index) => (index === 0 ? byte ^ 2 : byte));
    const long = new Uint8Array(100_000).fill(0x5b);
    for (const wrong of [new Uint8Array(0), one, other, long])
      expect(() => parsePrivateKey(fileWith({ [name]: wrong }))).toThrow('do not belong together');
  }
});

test('refuses a file whose public key is out of bounds', () => {
  const fields = ed25519Fields.encode({ publicKey: new Uint8Array(32), secret: new Uint8Array(64) });
  const ofSmallOrder = keyTypes['ssh-ed25519'].read(new Reader(fields));
  const file = formatPrivateKey(new PrivateKey('ssh-ed25519', ofSmallOrder, '', noble));
  expect(() => parsePrivateKey(file)).toThrow('the key is not a usable ssh-ed25519 key');
});

const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
const end = '-----END OPENSSH PRIVATE KEY-----';
test.each([
  ['', 'this is not an OpenSSH private key'],
  [`${begin}\nAAAA`, 'the private key is cut short'],
  [`${begin}\n*\n${end}`, 'the private key is not base64'],
  [`${begin}\nAAAA\n${end}`, 'the private key is malformed'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n', '@nacre/core/keys'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n', '@nacre/core/keys'],
  ['PuTTY-User-Key-File-3: ssh-ed25519\n', '@nacre/core/keys'],
])('says what is wrong with %j', (text, expected) => {
  expect(() => parsePrivateKey(text)).toThrow(ConfigurationError);
  expect(() => parsePrivateKey(text)).toThrow(expected);
});

test.each([
  ['the magic is missing', (bytes: Uint8Array) => (bytes[0]! ^= 1)],
  ['the check numbers differ', (bytes: Uint8Array, secret: number) => (bytes[secret]! ^= 1)],
  ['the padding is wrong', (bytes: Uint8Array) => (bytes[bytes.length - 1]! ^= 1)],
  ['the public key is another', (bytes: Uint8Array, secret: number) => (bytes[secret - 5]! ^= 1)],
])('says that %s', async (message, change) => {
  const key = await generateKey('ssh-ed25519', { comment: 'six' });
  const lines = formatPrivateKey(key).split('\n');
  const bytes = Buffer.from(lines.slice(1, -2).join(''), 'base64');
  change(bytes, bytes.indexOf(key.publicKey) + key.publicKey.length + 4);
  expect(() => parsePrivateKey([begin, bytes.toString('base64'), end].join('\n'))).toThrow(message);
});

test('says that it goes on behind its end: bytes there would be the tag of an encrypted key', async () => {
  const lines = formatPrivateKey(await generateKey('ssh-ed25519')).split('\n');
  const bytes = Buffer.from(lines.slice(1, -2).join(''), 'base64');
  const longer = Buffer.concat([bytes, Uint8Array.of(0)]).toString('base64');
  expect(() => parsePrivateKey([begin, longer, end].join('\n'))).toThrow('it goes on behind its end');
});

test('a file with other line ends and blanks is read', async () => {
  const key = await generateKey('ssh-ed25519');
  const text = ` \uFEFF\r\n${formatPrivateKey(key).replaceAll('\n', '\r\n  ')}`;
  expect(parsePrivateKey(text).publicKey).toEqual(key.publicKey);
});

test('a comment that is not UTF-8 does not cost the key', async () => {
  const key = await generateKey('ssh-ed25519', { comment: 'caf?' });
  const lines = formatPrivateKey(key).split('\n');
  const bytes = Buffer.from(lines.slice(1, -2).join(''), 'base64');
  bytes[bytes.indexOf('caf?') + 3] = 0xe9;
  const again = parsePrivateKey([begin, bytes.toString('base64'), end].join('\n'));
  expect(again.publicKey).toEqual(key.publicKey);
  expect(again.comment).toBe('caf\uFFFD');
});

test('a comment with a line end has no one-line form', async () => {
  const { public: key } = await generateKey('ssh-ed25519');
  expect(() => formatPublicKey({ ...key, comment: 'a\nb' })).toThrow(ConfigurationError);
});

test('the fingerprint is SHA-256 in unpadded base64', () => {
  expect(fingerprint(new Uint8Array(0))).toBe('SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU');
});

test('a file that says that it has several keys, or none, is refused', async () => {
  const lines = formatPrivateKey(await generateKey('ssh-ed25519'))
    .trim()
    .split('\n');
  const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  // After the magic, the names of cipher and key derivation, and its options.
  const count = 'openssh-key-v1\0'.length + 2 * (4 + 'none'.length) + 4;
  expect(bytes.readUInt32BE(count)).toBe(1);
  for (const claimed of [0, 2]) {
    bytes.writeUInt32BE(claimed, count);
    const file = [lines[0], bytes.toString('base64'), lines.at(-1)].join('\n');
    expect(() => parsePrivateKey(file)).toThrow(`the file has ${claimed} private keys, expected one`);
  }
});

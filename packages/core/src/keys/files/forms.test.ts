/**
 * Private keys in every format written here: round trips, and texts that are truncated, damaged, or too costly.
 * `forms.thorough.test.ts` has those whose passphrase takes long.
 */
import { describe, expect, test } from 'vitest';
import { noble } from '../../crypto/noble.js';
import { equalBytes } from '../../crypto/provider.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import type { Writer } from '../../wire/writer.js';
import { ecdsaFields } from '../ecdsa-key.js';
import { ed25519Fields } from '../ed25519-key.js';
import { isKeyTypeName, keyTypes, type KeyTypeName } from '../key-types.js';
import { formatPrivateKey } from '../openssh-key-file.js';
import { generateKey } from '../portable-keys.js';
import { PrivateKey } from '../private-key.js';
import { der, derIdentifier, derInteger, NULL, OCTET_STRING, SEQUENCE } from './der.js';
import { partsOf } from './key-parts.js';
import { parsePrivateKeyFile } from './parse.js';
import { formatPem } from './pem.js';
import { formatPkcs8KeyFile } from './pkcs8.js';
import { formatPuttyKeyFile } from './putty.js';
import { formatTraditionalKeyFile } from './traditional.js';

const types = Object.keys(keyTypes).filter(isKeyTypeName);
const made = new Map<KeyTypeName, Promise<PrivateKey>>(
  types.map((type) => [type, generateKey(type, { bits: 2048, comment: 'a comment' })]),
);
/** Those that parse in a millisecond have more of their characters changed: the others are read by the same code. */
const QUICK: readonly KeyTypeName[] = ['ssh-ed25519', 'ecdsa-sha2-nistp256'];
const keyOf = (type: KeyTypeName): Promise<PrivateKey> => made.get(type)!;

const forms: readonly { form: string; format: (key: PrivateKey) => string | Promise<string> }[] = [
  { form: 'OpenSSH', format: formatPrivateKey },
  { form: 'PKCS #8', format: (key) => formatPkcs8KeyFile(key) },
  { form: 'PuTTY', format: (key) => formatPuttyKeyFile(key) },
  { form: 'traditional', format: formatTraditionalKeyFile },
];
const cases = types.flatMap((type) =>
  forms.filter(({ form }) => form !== 'traditional' || type !== 'ssh-ed25519').map((form) => ({ type, ...form })),
);

async function outcomeOf(text: string, passphrase?: string): Promise<string> {
  return parsePrivateKeyFile(text, passphrase === undefined ? {} : { passphrase }).then(
    () => 'a key',
    (error: unknown) => (error instanceof KeyFileError ? error.problem : `not typed: ${String(error)}`),
  );
}

describe.each(cases)('$type as $form', ({ type, form, format }) => {
  test('is the same key, line ends of any system', async () => {
    const key = await keyOf(type);
    const text = await format(key);
    for (const one of [text, text.replaceAll('\n', '\r\n')]) {
      const again = await parsePrivateKeyFile(one);
      expect(again.publicKey).toEqual(key.publicKey);
      expect(partsOf(again)).toEqual(partsOf(key));
      expect(again.comment).toBe(form === 'OpenSSH' || form === 'PuTTY' ? 'a comment' : '');
    }
  });

  test('cut anywhere is refused', async () => {
    const text = await format(await keyOf(type));
    const end = text.trimEnd().length - (form === 'PuTTY' ? 0 : text.trimEnd().split('\n').at(-1)!.length - 1);
    const taken: string[] = [];
    for (let length = 0; length < end; length += 1) {
      const outcome = await outcomeOf(text.slice(0, length));
      if (!/^(malformed|unknown-format|unsupported)$/.test(outcome)) taken.push(`${length} characters: ${outcome}`);
    }
    expect(taken).toEqual([]);
  });

  test('with any character changed it is the same key or a KeyFileError', async () => {
    const key = await keyOf(type);
    const text = await format(key);
    // Every seed is an Ed25519 key, and PKCS #8 contains nothing else to check it against.
    const isRedundant = form !== 'PKCS #8' || type !== 'ssh-ed25519';
    const wrong: string[] = [];
    for (let index = 0; index < text.length; index += QUICK.includes(type) ? 3 : 29) {
      const changed = `${text.slice(0, index)}${text[index] === 'B' ? 'C' : 'B'}${text.slice(index + 1)}`;
      try {
        const again = await parsePrivateKeyFile(changed);
        if (isRedundant && !equalBytes(again.publicKey, key.publicKey)) wrong.push(`${index}: another key`);
      } catch (error) {
        if (!(error instanceof KeyFileError)) wrong.push(`${index}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test.each([undefined, 'secret'])(
  'PuTTY: a comment that is not UTF-8 is named, not the passphrase %s',
  async (passphrase) => {
    const key = await generateKey('ssh-ed25519', { comment: 'clé' });
    const file = await formatPuttyKeyFile(key, { passes: 1, ...(passphrase !== undefined && { passphrase }) });
    const asRead = new TextDecoder().decode(Buffer.from(file, 'latin1'));
    await expect(parsePrivateKeyFile(asRead, { passphrase: 'secret' })).rejects.toThrow(
      /comment is not UTF-8; `puttygen -C`/,
    );
  },
);

test('PuTTY: Argon2 makes 1 to 128 passes', async () => {
  for (const passes of [0, 129, 1.5]) {
    const formatting = formatPuttyKeyFile(await keyOf('ssh-ed25519'), { passphrase: 'x', passes });
    await expect(formatting).rejects.toThrow(ConfigurationError);
  }
});

describe('Security: halves that do not belong together are refused', () => {
  test('in PKCS #8 of version 1', async () => {
    const mine = partsOf(await keyOf('ssh-ed25519'));
    const other = partsOf(await generateKey('ssh-ed25519'));
    if (mine.kind !== 'ed25519' || other.kind !== 'ed25519') throw new TypeError('not Ed25519');
    const withPublic = (publicKey: Uint8Array) =>
      formatPem(
        'PRIVATE KEY',
        der(
          SEQUENCE,
          derInteger(Uint8Array.of(1)),
          der(SEQUENCE, derIdentifier('2b6570')),
          der(OCTET_STRING, der(OCTET_STRING, mine.seed)),
          der(0x81, Uint8Array.of(0), publicKey),
        ),
      );
    expect(await outcomeOf(withPublic(mine.publicKey))).toBe('a key');
    expect(await outcomeOf(withPublic(other.publicKey))).toBe('malformed');
  });

  test('in OpenSSH files, whose public half is another key, or whose number is none', async () => {
    const numbers: [KeyTypeName, (mine: Uint8Array) => Uint8Array][] = [
      ['ssh-ed25519', (mine) => mine.map((byte, index) => (index === 0 ? byte ^ 1 : byte))],
      ['ecdsa-sha2-nistp256', (mine) => mine.map((byte, index) => (index === 31 ? byte ^ 1 : byte))],
      ['ecdsa-sha2-nistp384', () => new Uint8Array(0)],
      ['ecdsa-sha2-nistp521', () => new Uint8Array(66).fill(0xff)],
    ];
    for (const [type, change] of numbers) {
      const key = await keyOf(type);
      const parts = partsOf(key);
      if (parts.kind === 'rsa') throw new TypeError('RSA');
      const write = (writer: Writer): void => {
        if (parts.kind === 'ecdsa') ecdsaFields.write(writer, { ...parts, privateKey: change(parts.scalar) });
        else ed25519Fields.write(writer, { ...parts, secret: concatenate([change(parts.seed), parts.publicKey]) });
      };
      const material = { publicKey: key.publicKey, algorithms: key.algorithms, sign: () => new Uint8Array(0), write };
      expect(await outcomeOf(formatPrivateKey(key))).toBe('a key');
      expect(await outcomeOf(formatPrivateKey(new PrivateKey(type, material, '', noble)))).toBe('malformed');
    }
  });

  test('in RSA: any of its numbers', async () => {
    const parts = partsOf(await keyOf('ssh-rsa'));
    if (parts.kind !== 'rsa') throw new TypeError('not RSA');
    const { n, e, d, p, q, iqmp } = parts;
    const right = [Uint8Array.of(0), n, e, d, p, q, d, d, iqmp];
    const text = (numbers: readonly Uint8Array[]) =>
      formatPem('RSA PRIVATE KEY', der(SEQUENCE, ...numbers.map(derInteger)));
    expect(await outcomeOf(text(right))).toBe('a key');
    for (const place of [1, 2, 3, 4, 5, 8]) {
      const changed = right[place]!.slice();
      changed[changed.length - 1]! ^= 2;
      expect(await outcomeOf(text(right.with(place, changed)))).toBe('malformed');
      expect(await outcomeOf(text(right.with(place, Uint8Array.of(0))))).not.toBe('a key');
      expect(await outcomeOf(text(right.with(place, Uint8Array.of(1))))).not.toBe('a key');
    }
    const long = new Uint8Array(20_000).fill(0x5b);
    expect(await outcomeOf(text(right.with(1, long)))).toBe('unsupported');
    expect(await outcomeOf(text(right.with(3, long)))).toBe('malformed');
  });
});

/** EncryptedPrivateKeyInfo with these key derivation parameters, initialization vector and content. */
function encryptedWith(iv: Uint8Array, content: Uint8Array, derivation: string, ...parameters: Uint8Array[]): string {
  const scheme = der(SEQUENCE, derIdentifier('60864801650304012a'), der(OCTET_STRING, iv));
  const kdf = der(SEQUENCE, derIdentifier(derivation), der(SEQUENCE, ...parameters));
  const pbes2 = der(SEQUENCE, derIdentifier('2a864886f70d01050d'), der(SEQUENCE, kdf, scheme));
  return formatPem('ENCRYPTED PRIVATE KEY', der(SEQUENCE, pbes2, der(OCTET_STRING, content)));
}

const block = new Uint8Array(16);
const encrypted = (derivation: string, ...parameters: Uint8Array[]): string =>
  encryptedWith(block, block, derivation, ...parameters);

const salt = der(OCTET_STRING, new Uint8Array(8));
const number = (value: number): Uint8Array =>
  derInteger(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value & 0xff));
const PBKDF2 = '2a864886f70d01050c';
const SCRYPT = '2b06010401da47040b';

/** An Ed25519 key; versions 0 and 1 are read. */
const pkcs8 = (version: number): string => {
  const key = der(OCTET_STRING, der(OCTET_STRING, new Uint8Array(32).fill(7)));
  return formatPem('PRIVATE KEY', der(SEQUENCE, number(version), der(SEQUENCE, derIdentifier('2b6570')), key));
};

const putty = (cost: readonly string[]): string =>
  [
    'PuTTY-User-Key-File-3: ssh-ed25519',
    'Encryption: aes256-cbc',
    'Comment: x',
    'Public-Lines: 1',
    'AAAA',
    ...cost,
    'Private-Lines: 1',
    'AAAAAAAAAAAAAAAAAAAAAA==',
    `Private-MAC: ${'00'.repeat(32)}`,
  ].join('\n');
const argon2 = (memory: number, passes: number, parallelism: number, name = 'Argon2id', bytes = 16): string =>
  putty([
    `Key-Derivation: ${name}`,
    `Argon2-Memory: ${memory}`,
    `Argon2-Passes: ${passes}`,
    `Argon2-Parallelism: ${parallelism}`,
    `Argon2-Salt: ${'00'.repeat(bytes)}`,
  ]);

test.each([
  ['too-costly', 'PBKDF2 of 2^20 iterations', encrypted(PBKDF2, salt, number(2 ** 20))],
  ['too-costly', 'PBKDF2 of 2^31 iterations', encrypted(PBKDF2, salt, number(2 ** 31))],
  [
    'too-costly',
    'PBKDF2 of 2^64 iterations',
    encrypted(PBKDF2, salt, derInteger(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0))),
  ],
  ['too-costly', 'PBKDF2 with 2 KiB of salt', encrypted(PBKDF2, der(OCTET_STRING, new Uint8Array(2048)), number(1))],
  ['malformed', 'PBKDF2 of no iterations', encrypted(PBKDF2, salt, number(0))],
  ['malformed', 'a short vector', encryptedWith(block.subarray(1), block, PBKDF2, salt, number(1))],
  ['malformed', 'no content', encryptedWith(block, block.subarray(16), PBKDF2, salt, number(1))],
  ['malformed', 'content of half a block', encryptedWith(block, block.subarray(8), PBKDF2, salt, number(1))],
  ['malformed', 'half a block by PuTTY', argon2(64, 1, 1).replace('AAAAAAAAAAAAAAAAAAAAAA==', 'AAAAAAAAAAA=')],
  ['unknown-format', 'a text longer than any key', `${argon2(64, 1, 1)}\n${' '.repeat(2 ** 16)}`],
  ['malformed', 'PKCS #8 of version 2', pkcs8(2)],
  ['malformed', 'PBKDF2 for a key of another length', encrypted(PBKDF2, salt, number(1), number(16))],
  [
    'unsupported',
    'PBKDF2 by an unknown hash',
    encrypted(PBKDF2, salt, number(1), der(SEQUENCE, derIdentifier('2a03'), der(NULL))),
  ],
  ['too-costly', 'scrypt of 1 GiB', encrypted(SCRYPT, salt, number(2 ** 20), number(8), number(1))],
  ['too-costly', 'scrypt of many lanes', encrypted(SCRYPT, salt, number(2), number(1), number(2 ** 20))],
  ['too-costly', 'scrypt of lanes hashed in one turn', encrypted(SCRYPT, salt, number(2), number(1), number(513))],
  ['too-costly', 'scrypt of blocks hashed in one turn', encrypted(SCRYPT, salt, number(2), number(513), number(1))],
  ['wrong-passphrase', 'scrypt as wide as may be', encrypted(SCRYPT, salt, number(2), number(32), number(16))],
  ['malformed', 'scrypt whose N is no power of two', encrypted(SCRYPT, salt, number(1000), number(8), number(1))],
  ['malformed', 'scrypt without blocks', encrypted(SCRYPT, salt, number(1024), number(0), number(1))],
  ['unsupported', 'an unknown derivation', encrypted('2a03', salt)],
  ['too-costly', 'Argon2 of 1 GiB', argon2(2 ** 20, 1, 1)],
  ['too-costly', 'Argon2 of many passes', argon2(8192, 129, 1)],
  ['too-costly', 'Argon2 of many lanes', argon2(8192, 1, 17)],
  ['malformed', 'Argon2 of no passes', argon2(8192, 0, 1)],
  ['malformed', 'Argon2 of too little memory', argon2(7, 1, 1)],
  ['malformed', 'Argon2 with a short salt', argon2(64, 1, 1, 'Argon2id', 7)],
  ['unsupported', 'an unknown Argon2', argon2(64, 1, 1, 'Argon2x')],
  ['unsupported', 'version 1 of PuTTY', 'PuTTY-User-Key-File-1: ssh-rsa\n'],
  ['unsupported', 'a key of DSA', formatPem('DSA PRIVATE KEY', Uint8Array.of(0x30, 0))],
  ['unknown-format', 'a public key', 'ssh-ed25519 AAAA x'],
  ['unknown-format', 'a certificate of X.509', formatPem('CERTIFICATE', Uint8Array.of(0x30, 0))],
  ['malformed', 'an indefinite length', formatPem('PRIVATE KEY', Uint8Array.of(0x30, 0x80, 0, 0))],
  ['malformed', 'a length beyond the end', formatPem('PRIVATE KEY', Uint8Array.of(0x30, 0x83, 0xff, 0xff, 0xff))],
  ['malformed', 'a length of eight bytes', formatPem('PRIVATE KEY', Uint8Array.of(0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1))],
])('%s: %s', async (problem, _what, text) => {
  expect(await outcomeOf(text, 'x')).toBe(problem);
});

test.each([0, 1])('PKCS #8 of version %d is read', async (version) => {
  expect(await outcomeOf(pkcs8(version))).toBe('a key');
});

describe('of the traditional forms', () => {
  test('an RSA key of several primes is refused', async () => {
    const parts = partsOf(await keyOf('ssh-rsa'));
    if (parts.kind !== 'rsa') throw new TypeError('not RSA');
    const { n, e, d, p, q, iqmp } = parts;
    const numbers = [n, e, d, p, q, d, d, iqmp].map(derInteger);
    const text = (version: number): string => formatPem('RSA PRIVATE KEY', der(SEQUENCE, number(version), ...numbers));
    expect([await outcomeOf(text(0)), await outcomeOf(text(1))]).toEqual(['a key', 'malformed']);
  });

  test('an EC key of another version, that names two curves, or whose point is not whole bytes, is refused', async () => {
    const parts = partsOf(await keyOf('ecdsa-sha2-nistp256'));
    if (parts.kind !== 'ecdsa') throw new TypeError('not ECDSA');
    const named = derIdentifier('2a8648ce3d030107');
    const scalar = der(OCTET_STRING, parts.scalar);
    const curve = (identifier: Uint8Array): Uint8Array => der(0xa0, identifier);
    const point = (unused: number): Uint8Array => der(0xa1, der(0x03, Uint8Array.of(unused), parts.point));
    const outcome = (...fields: readonly Uint8Array[]): Promise<string> => {
      const algorithm = der(SEQUENCE, derIdentifier('2a8648ce3d0201'), named);
      const inner = der(OCTET_STRING, der(SEQUENCE, ...fields));
      return outcomeOf(formatPem('PRIVATE KEY', der(SEQUENCE, number(0), algorithm, inner)));
    };
    expect(await outcome(number(1), scalar, curve(named), point(0))).toBe('a key');
    expect(await outcome(number(1), scalar)).toBe('a key');
    expect(await outcome(number(2), scalar, curve(named), point(0))).toBe('malformed');
    expect(await outcome(number(1), scalar, curve(derIdentifier('2b81040022')))).toBe('malformed');
    expect(await outcome(number(1), scalar, curve(named), point(1))).toBe('malformed');
  });
});

test('a passphrase is not asked for where the file would be refused anyhow', async () => {
  const passphrase = () => expect.unreachable('asked for a passphrase');
  for (const text of [encrypted(PBKDF2, salt, number(2 ** 31)), argon2(2 ** 20, 1, 1)]) {
    await expect(parsePrivateKeyFile(text, { passphrase })).rejects.toMatchObject({ problem: 'too-costly' });
  }
});

test.each([
  ['PBKDF2', encrypted(PBKDF2, salt, number(1000))],
  ['scrypt', encrypted(SCRYPT, salt, number(2 ** 14), number(8), number(1))],
  ['Argon2', argon2(8192, 128, 1)],
])('a signal ends %s', async (_name, text) => {
  const controller = new AbortController();
  const passphrase = () => {
    controller.abort(new Error('gave up'));
    return 'x';
  };
  await expect(parsePrivateKeyFile(text, { passphrase, signal: controller.signal })).rejects.toThrow('gave up');
});

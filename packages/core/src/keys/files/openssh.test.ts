/** PROTOCOL.key with a passphrase: files that are damaged or too costly. `openssh.thorough.test.ts` has the round trips: bcrypt takes its time. */
import { createDecipheriv, createPrivateKey, createPublicKey } from 'node:crypto';
import bcrypt from 'bcrypt-pbkdf';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { Reader } from '../../wire/reader.js';
import { Writer } from '../../wire/writer.js';
import { formatEnvelope, parseEnvelope } from '../openssh-key-file.js';
import { generateKey } from '../portable-keys.js';
import type { PrivateKey } from '../private-key.js';
import { formatOpenSshKeyFile } from './openssh.js';
import { parsePrivateKeyFile } from './parse.js';

const passphrase = 'correct horse';
const made: Promise<PrivateKey> = generateKey('ssh-ed25519', { comment: 'a comment' });
const file = made.then((key) => formatOpenSshKeyFile(key, { passphrase, rounds: 1 }));

async function problemOf(text: string, given: string = passphrase): Promise<string> {
  return parsePrivateKeyFile(text, { passphrase: given }).then(
    () => 'none',
    (error: unknown) => (error instanceof KeyFileError ? error.problem : String(error)),
  );
}

test('what is not encrypted has no tag', async () => {
  const envelope = parseEnvelope(await formatOpenSshKeyFile(await made));
  expect(await problemOf(formatEnvelope(envelope))).toBe('none');
  expect(await problemOf(formatEnvelope({ ...envelope, tag: new Uint8Array(16) }))).toBe('malformed');
});

test('another reader, of other code, finds the same key in it', async () => {
  const key = await made;
  const { kdfOptions, secret } = parseEnvelope(await formatOpenSshKeyFile(key, { passphrase, rounds: 4 }));
  const options = new Reader(kdfOptions);
  const salt = options.string();
  const word = Buffer.from(passphrase);
  const derived = new Uint8Array(48);
  bcrypt.pbkdf(word, word.length, salt, salt.length, derived, derived.length, options.uint32());
  const decipher = createDecipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(32));
  const plain = Buffer.concat([decipher.update(secret), decipher.final()]);
  // PROTOCOL.key: a number twice, the type, the public key, the seed and it again, the comment.
  const seed = plain.subarray(8 + 4 + 11 + 4 + 32 + 4).subarray(0, 32);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const spki = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });
  expect(spki.subarray(-32)).toEqual(Buffer.from(key.publicKey.subarray(-32)));
  expect(plain.includes(key.comment)).toBe(true);
});

describe('the passphrase', () => {
  test('is asked for once, and not where the file has none', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return passphrase;
    };
    await parsePrivateKeyFile(await formatOpenSshKeyFile(await made), { passphrase: ask });
    expect(asked).toBe(0);
    await parsePrivateKeyFile(await file, { passphrase: ask });
    expect(asked).toBe(1);
  });

  test('that is missing is told from one that is wrong', async () => {
    await expect(parsePrivateKeyFile(await file)).rejects.toMatchObject({ problem: 'passphrase-required' });
    for (const nothing of ['', () => '', () => undefined]) {
      const parsing = parsePrivateKeyFile(await file, { passphrase: nothing });
      await expect(parsing).rejects.toMatchObject({ problem: 'passphrase-required' });
    }
  });

  test('has 1 to 1024 bytes, and bcrypt 1 to 512 rounds', async () => {
    const key = await made;
    for (const options of [
      { passphrase: '' },
      { passphrase: 'x'.repeat(1025) },
      { passphrase, rounds: 0 },
      { passphrase, rounds: 513 },
      { passphrase, rounds: 1.5 },
    ]) {
      await expect(formatOpenSshKeyFile(key, options)).rejects.toThrow(ConfigurationError);
    }
    expect(await problemOf(await file, 'x'.repeat(1025))).toBe('wrong-passphrase');
  });

  test('a signal ends a long derivation, between two rounds', async () => {
    const controller = new AbortController();
    const reading = parsePrivateKeyFile(withKdfOptions(await file, Buffer.alloc(16), 512), {
      passphrase: () => {
        setTimeout(() => controller.abort(new Error('gave up')), 0);
        return passphrase;
      },
      signal: controller.signal,
    });
    await expect(reading).rejects.toThrow('gave up');
  });
});

function withKdfOptions(text: string, salt: Uint8Array, rounds: number): string {
  const writer = new Writer();
  writer.string(salt);
  writer.uint32(rounds);
  return formatEnvelope({ ...parseEnvelope(text), kdfOptions: writer.written() });
}

describe('a hostile file', () => {
  test('does not choose how long it takes', async () => {
    const salt = Buffer.alloc(16);
    expect(await problemOf(withKdfOptions(await file, salt, 513))).toBe('too-costly');
    expect(await problemOf(withKdfOptions(await file, salt, 2 ** 32 - 1))).toBe('too-costly');
    expect(await problemOf(withKdfOptions(await file, Buffer.alloc(257), 1))).toBe('too-costly');
    expect(await problemOf(withKdfOptions(await file, Buffer.alloc(0), 1))).toBe('malformed');
    expect(await problemOf(withKdfOptions(await file, salt, 0))).toBe('malformed');
    expect(await problemOf('x'.repeat(2 ** 16 + 1))).toBe('unknown-format');
  });

  test('names ciphers and derivations that are not there, or lengths that cannot be', async () => {
    const envelope = parseEnvelope(await file);
    const changed = (change: Partial<typeof envelope>) => problemOf(formatEnvelope({ ...envelope, ...change }));
    expect(await changed({ cipher: 'toString' })).toBe('unsupported');
    expect(await changed({ cipher: '3des-cbc' })).toBe('unsupported');
    expect(await changed({ kdf: 'none' })).toBe('unsupported');
    expect(await changed({ secret: envelope.secret.subarray(1) })).toBe('malformed');
    expect(await changed({ secret: new Uint8Array(0) })).toBe('malformed');
    expect(await changed({ tag: new Uint8Array(16) })).toBe('malformed');
    expect(await changed({ cipher: 'aes256-gcm@openssh.com' })).toBe('malformed');
    expect(await changed({ kdfOptions: new Uint8Array(3) })).toBe('malformed');
    expect(await changed({ publicKey: envelope.publicKey.subarray(1) })).toBe('malformed');
  });

  test('cut anywhere is refused', async () => {
    const text = await file;
    for (let length = 0; length < text.length - '-----END OPENSSH PRIVATE KEY-----\n'.length + 5; length += 1) {
      expect(await problemOf(text.slice(0, length))).toMatch(/^(malformed|unknown-format)$/);
    }
  });
});

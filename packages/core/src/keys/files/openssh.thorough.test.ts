/** PROTOCOL.key with a passphrase: round trips by every cipher, and with any passphrase. Each opening takes bcrypt a while. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyFileError } from '../../errors.js';
import { formatEnvelope, parseEnvelope } from '../openssh-key-file.js';
import { generateKey } from '../portable-keys.js';
import type { PrivateKey } from '../private-key.js';
import { fileCiphers, isFileCipherName } from './openssh-ciphers.js';
import { formatOpenSshKeyFile } from './openssh.js';
import { parsePrivateKeyFile } from './parse.js';

const passphrase = 'correct horse';
const made: Promise<PrivateKey> = generateKey('ssh-ed25519', { comment: 'a comment' });

async function problemOf(text: string, given: string = passphrase): Promise<string> {
  return parsePrivateKeyFile(text, { passphrase: given }).then(
    () => 'none',
    (error: unknown) => (error instanceof KeyFileError ? error.problem : String(error)),
  );
}

test.each(Object.keys(fileCiphers).filter(isFileCipherName))('%s: is the same key after a file', async (cipher) => {
  const key = await made;
  const text = await formatOpenSshKeyFile(key, { passphrase, rounds: 1, cipher });
  expect(text).not.toContain(Buffer.from(key.publicKey).toString('utf8'));
  const again = await parsePrivateKeyFile(text, { passphrase });
  expect(again.public).toEqual(key.public);
  expect(await again.sign('ssh-ed25519', key.publicKey)).toEqual(await key.sign('ssh-ed25519', key.publicKey));
  expect(await problemOf(text, 'another')).toBe('wrong-passphrase');
  const envelope = parseEnvelope(text);
  if (envelope.tag.length === 0) return;
  // Of ciphers with a tag every bit counts, also in the comment.
  const other = (bytes: Uint8Array): Uint8Array => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
  expect(await problemOf(formatEnvelope({ ...envelope, tag: other(envelope.tag) }))).toBe('wrong-passphrase');
  expect(await problemOf(formatEnvelope({ ...envelope, secret: other(envelope.secret) }))).toBe('wrong-passphrase');
});

test('any passphrase opens what it closed, and no other', async () => {
  const key = await made;
  const anyPassphrase = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
  await fc.assert(
    fc.asyncProperty(anyPassphrase, anyPassphrase, async (one, other) => {
      const text = await formatOpenSshKeyFile(key, { passphrase: one, rounds: 1 });
      expect((await parsePrivateKeyFile(text, { passphrase: one })).public).toEqual(key.public);
      if (other !== one) expect(await problemOf(text, other)).toBe('wrong-passphrase');
    }),
    { numRuns: 3 },
  );
});

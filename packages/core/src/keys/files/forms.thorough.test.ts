/** Files with a passphrase whose costs are those of OpenSSL and puttygen: each opening takes tenths of a second. */
import { expect, test } from 'vitest';
import { KeyFileError } from '../../errors.js';
import { generateKey } from '../portable-keys.js';
import type { PrivateKey } from '../private-key.js';
import { parsePrivateKeyFile } from './parse.js';
import { formatPkcs8KeyFile } from './pkcs8.js';
import { formatPuttyKeyFile } from './putty.js';

async function outcomeOf(text: string, passphrase?: string): Promise<string> {
  return parsePrivateKeyFile(text, passphrase === undefined ? {} : { passphrase }).then(
    () => 'a key',
    (error: unknown) => (error instanceof KeyFileError ? error.problem : `not typed: ${String(error)}`),
  );
}

test.each([
  { form: 'PKCS #8', format: (key: PrivateKey, passphrase: string) => formatPkcs8KeyFile(key, { passphrase }) },
  {
    form: 'PuTTY',
    format: (key: PrivateKey, passphrase: string) => formatPuttyKeyFile(key, { passphrase, passes: 1 }),
  },
])('$form with a passphrase opens by that alone', async ({ format }) => {
  const key = await generateKey('ssh-ed25519');
  const text = await format(key, 'correct horse');
  expect((await parsePrivateKeyFile(text, { passphrase: 'correct horse' })).publicKey).toEqual(key.publicKey);
  expect(await outcomeOf(text, 'another')).toBe('wrong-passphrase');
  expect(await outcomeOf(text)).toBe('passphrase-required');
});

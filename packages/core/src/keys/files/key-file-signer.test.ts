/** RFC 4252 §7: an encrypted key file as a credential. */
import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AuthenticationError, KeyFileError } from '../../errors.js';
import { pair } from '../../testing/index.js';
import { accept } from '../../server/verdict.js';
import { generateKey } from '../portable-keys.js';
import { keyFileSigner } from './key-file-signer.js';
import { formatOpenSshKeyFile } from './openssh.js';
import { formatPkcs8KeyFile } from './pkcs8.js';
import { formatPuttyKeyFile } from './putty.js';

const passphrase = 'correct horse';
/** By Node's PBKDF2: it costs a hundredth of the scrypt that we write. */
const cheaplyEncrypted = (pkcs8: string): string =>
  createPrivateKey(pkcs8).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
const made = generateKey('ssh-ed25519');
const openSsh = made.then((key) => formatOpenSshKeyFile(key, { passphrase, rounds: 1 }));

/** Returns the answers in turn, and counts. */
function asking(...answers: readonly string[]) {
  const asked = { count: 0, passphrase: () => answers[asked.count++] };
  return asked;
}

/** Logs in with that file at a server that accepts its key, or does not. */
async function logIn(file: string, asked: { readonly passphrase: () => string | undefined }, taken: boolean) {
  const phases: string[] = [];
  const { client } = await pair({
    server: {
      hooks: {
        authorizedKeys: ({ key }) => {
          phases.push(key?.phase ?? '');
          return taken ? accept : undefined;
        },
      },
    },
    client: { credentials: [{ method: 'publickey', key: await keyFileSigner(file, asked) }] },
  });
  client.close();
  return phases;
}

describe('an encrypted file', () => {
  test('is opened once the server has said that it would take the key', async () => {
    const asked = asking(passphrase);
    expect(await logIn(await openSsh, asked, true)).toEqual(['query', 'signature']);
    expect(asked.count).toBe(1);
  });

  test('is not opened for a server that would not', async () => {
    const asked = asking(passphrase);
    await expect(logIn(await openSsh, asked, false)).rejects.toThrow(AuthenticationError);
    expect(asked.count).toBe(0);
  });

  test('asks three times at most', async () => {
    const key = await made;
    const asked = asking('no', 'nor this', passphrase);
    const signer = await keyFileSigner(await openSsh, asked);
    expect(signer.publicKey).toEqual(key.publicKey);
    expect(signer.algorithms).toEqual(key.algorithms);
    const message = key.publicKey;
    expect(await signer.sign('ssh-ed25519', message)).toEqual(await key.sign('ssh-ed25519', message));
    await signer.sign('ssh-ed25519', message);
    expect(asked.count).toBe(3);
    const never = asking('a', 'b', 'c', passphrase);
    const failing = await keyFileSigner(await openSsh, never);
    await expect(async () => failing.sign('ssh-ed25519', message)).rejects.toMatchObject({
      problem: 'wrong-passphrase',
    });
    expect(never.count).toBe(3);
    // The next attempt starts over.
    await failing.sign('ssh-ed25519', message);
    expect(never.count).toBe(4);
  });

  test('with a passphrase that is text is opened by that or not at all', async () => {
    const signer = await keyFileSigner(await openSsh, { passphrase: 'another' });
    await expect(async () => signer.sign('ssh-ed25519', new Uint8Array(0))).rejects.toThrow(KeyFileError);
  });

  test('of PuTTY tells its public half, one of PKCS #8 needs it told', async () => {
    const key = await made;
    const putty = asking();
    expect((await keyFileSigner(await formatPuttyKeyFile(key, { passphrase, passes: 1 }), putty)).publicKey).toEqual(
      key.publicKey,
    );
    expect(putty.count).toBe(0);
    const pkcs8 = cheaplyEncrypted(await formatPkcs8KeyFile(key));
    const atOnce = asking(passphrase);
    await keyFileSigner(pkcs8, atOnce);
    expect(atOnce.count).toBe(1);
    const later = asking(passphrase);
    const { publicKey } = key;
    const signer = await keyFileSigner(pkcs8, { ...later, publicKey });
    expect(later.count).toBe(0);
    expect(await signer.sign('ssh-ed25519', publicKey)).toEqual(await key.sign('ssh-ed25519', publicKey));
    const other = await keyFileSigner(pkcs8, { passphrase, publicKey: (await generateKey('ssh-ed25519')).publicKey });
    await expect(async () => other.sign('ssh-ed25519', publicKey)).rejects.toThrow('the public key is another');
  });
});

test('a file without a passphrase is a key, and nothing is asked', async () => {
  const asked = asking();
  const signer = await keyFileSigner(await formatOpenSshKeyFile(await made), asked);
  expect(signer.asksToSign).toBeUndefined();
  expect(asked.count).toBe(0);
});

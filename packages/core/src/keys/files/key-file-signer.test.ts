/** RFC 4252 §7: an encrypted key file as a credential. */
import { describe, expect, test } from 'vitest';
import { AuthenticationError, KeyFileError } from '../../errors.js';
import { pair } from '../../testing/index.js';
import { accept } from '../../server/verdict.js';
import { generateKey } from '../portable-keys.js';
import { keyFileSigner } from './key-file-signer.js';
import { formatOpenSshKeyFile } from './openssh.js';
import { parsePrivateKeyFile } from './parse.js';
import { formatPuttyKeyFile } from './putty.js';

const passphrase = 'correct horse';
/** By OpenSSL, with the least work possible: `openssl pkcs8 -topk8 -scrypt -scrypt_N 2`. */
const PKCS8 = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGSME4GCSqGSIb3DQEFDTBBMCAGCSsGAQQB2kcECzATBAgDETltub9nIAIBAgIB
CAIBATAdBglghkgBZQMEASoEEDbOw918ERT6aki4Ju4Ww0gEQD7XqQz9mKdfZ8pD
xWLshiWqvuykrlS1SMRRsQXbJQb1EgiGCwPw776Ho0lQoYSVuFh4+fuC/Gw3DWOJ
WDwRnXY=
-----END ENCRYPTED PRIVATE KEY-----
`;
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
    const inside = await parsePrivateKeyFile(PKCS8, { passphrase });
    const atOnce = asking(passphrase);
    await keyFileSigner(PKCS8, atOnce);
    expect(atOnce.count).toBe(1);
    const later = asking(passphrase);
    const { publicKey } = inside;
    const signer = await keyFileSigner(PKCS8, { ...later, publicKey });
    expect(later.count).toBe(0);
    expect(await signer.sign('ssh-ed25519', publicKey)).toEqual(await inside.sign('ssh-ed25519', publicKey));
    const other = await keyFileSigner(PKCS8, { passphrase, publicKey: key.publicKey });
    await expect(async () => other.sign('ssh-ed25519', publicKey)).rejects.toThrow('the public key is another');
  });
});

test('a file without a passphrase is a key, and nothing is asked', async () => {
  const asked = asking();
  const signer = await keyFileSigner(await formatOpenSshKeyFile(await made), asked);
  expect(signer.asksToSign).toBeUndefined();
  expect(asked.count).toBe(0);
});

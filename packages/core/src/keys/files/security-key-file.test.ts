/** PROTOCOL.u2f: files of security keys, and a login with one whose authenticator is software. */
import { expect, test } from 'vitest';
import { noble } from '../../crypto/noble.js';
import { KeyFileError } from '../../errors.js';
import { pair } from '../../testing/index.js';
import { accept } from '../../server/verdict.js';
import { Writer } from '../../wire/writer.js';
import { formatEnvelope } from '../openssh-key-file.js';
import { generateKey } from '../portable-keys.js';
import { securityKeySigner } from '../security-key-signer.js';
import { webCryptoSigner } from '../web-crypto-signer.js';
import { formatOpenSshKeyFile } from './openssh.js';
import { parsePrivateKeyFile } from './parse.js';
import { parseSecurityKeyFile } from './security-key-file.js';

const { seed, publicKey: publicBytes } = noble.ed25519.generate();
const handle = Uint8Array.of(1, 2, 3);

function publicBlob(): Uint8Array {
  const blob = new Writer();
  blob.text('sk-ssh-ed25519@openssh.com');
  blob.string(publicBytes);
  blob.text('ssh:');
  return blob.written();
}

function file({ flags = 1, check = 7, blob = publicBlob(), padding = 1 } = {}): string {
  const secret = new Writer();
  secret.uint32(7);
  secret.uint32(check);
  secret.fixed(publicBlob());
  secret.byte(flags);
  secret.string(handle);
  secret.text('');
  secret.text('a comment');
  for (let next = padding; secret.offset % 8 !== 0; next += 1) secret.byte(next);
  const none = new Uint8Array(0);
  const envelope = { cipher: 'none', kdf: 'none', kdfOptions: none, publicKey: blob, tag: none };
  return formatEnvelope({ ...envelope, secret: secret.written() });
}

test('the handle is read, and what signing takes', async () => {
  expect(await parseSecurityKeyFile(file())).toEqual({
    type: 'sk-ssh-ed25519@openssh.com',
    blob: publicBlob(),
    comment: 'a comment',
    application: 'ssh:',
    keyHandle: handle,
    touchRequired: true,
    verifyRequired: false,
  });
  expect(await parseSecurityKeyFile(file({ flags: 4 }))).toMatchObject({ touchRequired: false, verifyRequired: true });
});

test('a file that is damaged, cut, or holds a key itself is refused', async () => {
  const other = publicBlob();
  other[40]! ^= 1;
  for (const change of [{ check: 8 }, { blob: other }, { padding: 2 }]) {
    await expect(parseSecurityKeyFile(file(change))).rejects.toMatchObject({ problem: 'malformed' });
  }
  const text = file();
  for (let length = 0; length < text.length - 10; length += 1) {
    await expect(parseSecurityKeyFile(text.slice(0, length))).rejects.toThrow(KeyFileError);
  }
  const plain = await formatOpenSshKeyFile(await generateKey('ssh-ed25519'));
  await expect(parseSecurityKeyFile(plain)).rejects.toThrow('for no security key');
  await expect(parsePrivateKeyFile(text)).rejects.toThrow('parseSecurityKeyFile');
});

test('logs in by it, after a query, and by a key that stays in WebCrypto', async () => {
  const { blob, keyHandle } = await parseSecurityKeyFile(file());
  const signer = securityKeySigner(blob, ({ application, challengeHash }) => {
    expect(keyHandle).toEqual(handle);
    const asserted = new Writer();
    asserted.fixed(noble.hash('sha256', new TextEncoder().encode(application)));
    asserted.byte(1);
    asserted.uint32(9);
    asserted.fixed(challengeHash);
    return { signature: noble.ed25519.sign(seed, asserted.written()), flags: 1, counter: 9 };
  });
  const pairInWebCrypto = await globalThis.crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pairInWebCrypto)) throw new TypeError('not a pair');
  for (const key of [signer, await webCryptoSigner(pairInWebCrypto)]) {
    const phases: string[] = [];
    const { client } = await pair({
      server: {
        hooks: {
          authorizedKeys: ({ key: offered }) => {
            phases.push(offered?.phase ?? '');
            return accept;
          },
        },
      },
      client: { credentials: [{ method: 'publickey', key }] },
    });
    client.close();
    expect(phases).toEqual(key.asksToSign === true ? ['query', 'signature'] : ['signature']);
  }
});

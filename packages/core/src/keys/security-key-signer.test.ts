/** PROTOCOL.u2f: signing with an authenticator, here one in software. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { expect, test } from 'vitest';
import { signatures } from '../algorithms/table.js';
import { noble } from '../crypto/noble.js';
import { ConfigurationError } from '../errors.js';
import { Writer } from '../wire/writer.js';
import { securityKeySigner, type Authenticator } from './security-key-signer.js';

const message = new TextEncoder().encode('what is signed');

function assertedBytes(application: string, flags: number, counter: number, challengeHash: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.fixed(noble.hash('sha256', new TextEncoder().encode(application)));
  writer.byte(flags);
  writer.uint32(counter);
  writer.fixed(challengeHash);
  return writer.written();
}

const seed = ed25519.utils.randomSecretKey();
const scalar = p256.utils.randomSecretKey();
const kinds = [
  {
    name: 'sk-ssh-ed25519@openssh.com',
    fields: [ed25519.getPublicKey(seed)],
    sign: (bytes: Uint8Array) => ed25519.sign(bytes, seed),
  },
  {
    name: 'sk-ecdsa-sha2-nistp256@openssh.com',
    fields: [new TextEncoder().encode('nistp256'), p256.getPublicKey(scalar, false)],
    sign: (bytes: Uint8Array) => p256.sign(bytes, scalar, { lowS: false }),
  },
] as const;

test.each(kinds)('$name: the signature is verified, with flags and counter', async ({ name, fields, sign }) => {
  const writer = new Writer();
  writer.text(name);
  for (const field of fields) writer.string(field);
  writer.text('ssh:');
  const publicKey = writer.written().slice();
  const authenticator: Authenticator = async ({ application, challengeHash }) => {
    expect(application).toBe('ssh:');
    return { signature: sign(assertedBytes(application, 5, 7, challengeHash)), flags: 5, counter: 7 };
  };
  const signer = securityKeySigner(publicKey, authenticator);
  expect(signer.algorithms).toEqual([name]);
  const signature = await signer.sign(name, message);
  expect(await signatures[name].verify(noble, publicKey, message, signature)).toBe(true);
  expect(await signatures[name].verify(noble, publicKey, message.subarray(1), signature)).toBe(false);
  expect(signatures[name].assertion?.(signature)).toEqual({ userPresent: true, userVerified: true, counter: 7 });
  await expect(async () => signer.sign('ssh-ed25519', message)).rejects.toThrow(ConfigurationError);
  for (const wrong of [{ flags: 256 }, { flags: 0.5 }, { flags: -1 }, { signature: new Uint8Array(63) }]) {
    const broken = securityKeySigner(publicKey, (request) => ({
      signature: sign(request.challengeHash),
      flags: 1,
      counter: 1,
      ...wrong,
    }));
    await expect(async () => broken.sign(name, message)).rejects.toThrow('gave no signature');
  }
  expect(() => securityKeySigner(publicKey.subarray(0, -1), authenticator)).toThrow(ConfigurationError);
});

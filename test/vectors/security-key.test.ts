/** OpenSSH's PROTOCOL.u2f: signatures of security keys and passkeys, with our rows and with `ssh-keygen`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { concat, str, uint32 } from '../attacks/bytes.js';
import {
  createAuthenticator,
  SK_ECDSA,
  SK_ED25519,
  securityAlgorithms,
  USER_PRESENT,
  USER_VERIFIED,
  WEBAUTHN,
  type Lies,
} from './authenticator.js';
import { concatenate, hex } from './bytes.js';
import { verifiersOf } from './providers.js';

const message = new TextEncoder().encode('what is signed');
/** The order of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const toBytes = (value: bigint): Uint8Array => hex(value.toString(16).padStart(64, '0'));
const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

describe.each(securityAlgorithms)('%s', (name) => {
  const authenticator = createAuthenticator(name);
  const row = signatures[name];

  async function verifies(
    signature: Uint8Array,
    publicKey = authenticator.publicKey,
    content: Uint8Array = message,
  ): Promise<boolean | undefined> {
    const results: boolean[] = [];
    for (const provider of verifiersOf(name)) results.push(await row.verify(provider, publicKey, content, signature));
    expect(new Set(results).size).toBe(1);
    return results[0];
  }

  test('holds, and says what was vouched for', async () => {
    const signature = await authenticator.sign(message, { flags: USER_PRESENT | USER_VERIFIED, counter: 0xfffffffe });
    expect(await verifies(signature)).toBe(true);
    const origin = name === WEBAUTHN ? { origin: 'https://example.org' } : {};
    expect(row.assertion?.(signature)).toEqual({
      userPresent: true,
      userVerified: true,
      counter: 0xfffffffe,
      ...origin,
    });
  });

  test('holds without a touch, and says so: whether one is needed is not for the signature to decide', async () => {
    const signature = await authenticator.sign(message, { flags: 0 });
    expect(await verifies(signature)).toBe(true);
    expect(row.assertion?.(signature)).toMatchObject({ userPresent: false, userVerified: false, counter: 7 });
  });

  test.each<readonly [string, Lies]>([
    ['flags that were not signed', { flags: 0, shownFlags: USER_PRESENT }],
    ['a counter that was not signed', { shownCounter: 8 }],
    ['another application', { application: 'https://example.org' }],
    ['the name of another algorithm', { name: name === SK_ECDSA ? SK_ED25519 : SK_ECDSA }],
    ['a name without the domain', { name: name.slice(0, name.indexOf('@')) }],
  ])('does not hold with %s', async (_what, lies) => {
    expect(await verifies(await authenticator.sign(message, lies))).toBe(false);
  });

  test('does not hold over another message, by another key, or with any byte changed, missing or added', async () => {
    const good = await authenticator.sign(message);
    expect(await verifies(good, authenticator.publicKey, concatenate(message, hex('00')))).toBe(false);
    expect(await verifies(good, createAuthenticator(name).publicKey)).toBe(false);
    expect(await verifies(concatenate(good, hex('00')))).toBe(false);
    for (let index = 0; index < good.length; index += 3) {
      const changed = good.slice();
      changed[index]! ^= 1 << (index % 8);
      expect(await verifies(changed), `byte ${index}`).toBe(false);
      expect(await verifies(good.subarray(0, index))).toBe(false);
    }
  });

  test('does not hold with a key that is cut, longer, or of the plain type', async () => {
    const good = await authenticator.sign(message);
    const { publicKey } = authenticator;
    for (let length = 0; length < publicKey.length; length += 5) {
      expect(await verifies(good, publicKey.subarray(0, length))).toBe(false);
    }
    expect(await verifies(good, concatenate(publicKey, hex('00')))).toBe(false);
    const plain = concat(str('ssh-ed25519'), publicKey.subarray(4 + authenticator.keyType.length));
    expect(await verifies(good, plain)).toBe(false);
  });
});

describe('FIPS 186-5 §6.4.2: in signatures of security keys too', () => {
  test.each([SK_ECDSA, WEBAUTHN] as const)('%s: r and s lie between 1 and n-1', async (name) => {
    const { publicKey, sign } = createAuthenticator(name);
    const changes: readonly ((legal: Uint8Array) => Uint8Array)[] = [
      () => new Uint8Array(64),
      (legal) => concatenate(new Uint8Array(32), legal.subarray(32)),
      (legal) => concatenate(legal.subarray(0, 32), new Uint8Array(32)),
      (legal) => concatenate(toBytes(order), legal.subarray(32)),
      (legal) => concatenate(legal.subarray(0, 32), toBytes(order)),
      (legal) => concatenate(new Uint8Array(32).fill(0xff), legal.subarray(32)),
    ];
    for (const provider of verifiersOf(name)) {
      for (const signature of changes) {
        expect(await signatures[name].verify(provider, publicKey, message, await sign(message, { signature }))).toBe(
          false,
        );
      }
      // n - s is as good as s (SSH has no rule for the lower one).
      const mirrored = await sign(message, {
        signature: (legal) => concatenate(legal.subarray(0, 32), toBytes(order - toInteger(legal.subarray(32)))),
      });
      expect(await signatures[name].verify(provider, publicKey, message, mirrored)).toBe(true);
    }
  });

  test(`${SK_ECDSA}: a key that names another curve is refused`, async () => {
    const { publicKey, sign } = createAuthenticator(SK_ECDSA);
    const signature = await sign(message);
    const row = signatures[SK_ECDSA];
    expect(row.isUsableKey(publicKey)).toBe(true);
    const curve = Buffer.from(publicKey).lastIndexOf('nistp256');
    const other = concatenate(publicKey.subarray(0, curve), Buffer.from('nistp384'), publicKey.subarray(curve + 8));
    expect(row.isUsableKey(other)).toBe(false);
    for (const provider of verifiersOf(SK_ECDSA)) {
      expect(await row.verify(provider, other, message, signature)).toBe(false);
    }
  });

  test(`${SK_ED25519}: a key of small order is refused`, async () => {
    const signature = concat(str(SK_ED25519), str(concatenate(hex(`01${'00'.repeat(63)}`))), [1], uint32(7));
    const publicKey = concat(str(SK_ED25519), str(hex(`01${'00'.repeat(31)}`)), str('ssh:'));
    for (const provider of verifiersOf(SK_ED25519)) {
      for (let first = 0; first < 16; first += 1) {
        expect(await signatures[SK_ED25519].verify(provider, publicKey, Uint8Array.of(first), signature)).toBe(false);
      }
    }
  });
});

describe('what a browser was shown', () => {
  const passkey = createAuthenticator(WEBAUTHN, 'example.org');
  const verify = async (lies: Lies): Promise<boolean> => {
    const signature = await passkey.sign(message, lies);
    return signatures[WEBAUTHN].verify(nodeCrypto, passkey.publicKey, message, signature);
  };
  const other = Buffer.from('another message').toString('base64url');
  const ours = Buffer.from(message).toString('base64url');

  test.each<readonly [string, Lies]>([
    ['the creation of a passkey', { clientData: (legal) => legal.replace('webauthn.get', 'webauthn.create') }],
    ['another challenge', { clientData: (legal) => legal.replace(ours, other) }],
    ['a challenge that goes on', { clientData: (legal) => legal.replace(ours, `${ours}A`) }],
    ['a padded challenge', { clientData: (legal) => legal.replace(ours, `${ours}==`) }],
    ['another origin than the signature names', { clientData: (legal) => legal.replace('example.org', 'evil.test') }],
    ['an origin that goes on', { clientData: (legal) => legal.replace('example.org', 'example.org.evil.test') }],
    ['a space', { clientData: (legal) => legal.replace(':', ': ') }],
    ['members in another order', { clientData: () => `{"challenge":"${ours}","type":"webauthn.get"}` }],
    ['a member before them', { clientData: (legal) => legal.replace('{', '{"a":1,') }],
    ['nothing', { clientData: () => '' }],
    ['a part of it', { clientData: (legal) => legal.slice(0, 40) }],
    ['an origin with a quote', { origin: 'https://a","x":"' }],
    ['an origin with a backslash', { origin: 'https://a\\' }],
    ['an origin with a line end', { origin: 'https://a\n' }],
    ['an empty origin', { origin: '' }],
    ['an attested credential', { flags: 0x41 }],
    ['extensions that the flags deny', { extensions: hex('a0') }],
    ['flags that promise extensions', { flags: 0x81 }],
    ['extensions that were not signed', { flags: 0x81, extensions: hex('a0'), shownExtensions: hex('a1') }],
  ])('%s is refused', async (_what, lies) => {
    expect(await verify(lies)).toBe(false);
  });

  test('extensions that the flags announce, and members behind the three, are taken', async () => {
    expect(await verify({ flags: 0x81, extensions: hex('a0') })).toBe(true);
    expect(await verify({ clientData: (legal) => legal.replace('}', ',"other":"x"}') })).toBe(true);
  });

  test('a signature of an sk-ecdsa key is not one of a passkey, nor the reverse', async () => {
    const plain = createAuthenticator(SK_ECDSA);
    const asWebauthn = await plain.sign(message, { name: WEBAUTHN });
    expect(await signatures[WEBAUTHN].verify(nodeCrypto, plain.publicKey, message, asWebauthn)).toBe(false);
    const asPlain = await passkey.sign(message, { name: SK_ECDSA });
    expect(await signatures[SK_ECDSA].verify(nodeCrypto, passkey.publicKey, message, asPlain)).toBe(false);
  });
});

describe('ssh-keygen', () => {
  const present = spawnSync('ssh-keygen', ['-?']).error === undefined;
  const folder = mkdtempSync(join(tmpdir(), 'nacre-sk-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** OpenSSH's PROTOCOL.sshsig. */
  async function armoured(authenticator: ReturnType<typeof createAuthenticator>, lies?: Lies): Promise<string> {
    const digest = new Uint8Array(createHash('sha512').update(message).digest());
    const magic = new TextEncoder().encode('SSHSIG');
    const signed = concat(magic, str('file'), str(''), str('sha512'), str(digest));
    const blob = await authenticator.sign(signed, lies);
    const whole = concat(
      magic,
      uint32(1),
      str(authenticator.publicKey),
      str('file'),
      str(''),
      str('sha512'),
      str(blob),
    );
    const lines = Buffer.from(whole).toString('base64').replace(/.{70}/g, '$&\n');
    return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
  }

  test.skipIf(!present && process.env['CI'] !== 'true').each(securityAlgorithms)(
    '%s: it takes what our rows take, and refuses a counter that was not signed',
    async (name) => {
      const path = join(folder, 'signature');
      const check = () =>
        execFileSync('ssh-keygen', ['-Y', 'check-novalidate', '-n', 'file', '-s', path], {
          input: message,
          encoding: 'utf8',
          stdio: ['pipe', 'pipe', 'pipe'],
        });
      const authenticator = createAuthenticator(name);
      writeFileSync(path, await armoured(authenticator));
      expect(check()).toContain('Good "file" signature');
      writeFileSync(path, await armoured(authenticator, { shownCounter: 8 }));
      expect(check).toThrow();
    },
  );
});

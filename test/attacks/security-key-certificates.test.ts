/** Group H, OpenSSH's PROTOCOL.certkeys and PROTOCOL.u2f: certificates for keys in security keys, and who can require a touch or a PIN. */
import { accept, formatPublicKey, type PublicKey } from '@nacre/core';
import { certificates } from '@nacre/core/certificates';
import { describe, expect, test } from 'vitest';
import {
  createAuthenticator,
  securityAlgorithms,
  USER_PRESENT,
  USER_VERIFIED,
  WEBAUTHN,
  type Lies,
  type SecurityAlgorithm,
} from '../vectors/authenticator.js';
import { concat, str } from './bytes.js';
import { authority, certified, flag, forge, PERMISSIONS, type Content, type Option } from './forged-certificates.js';
import { RawPeer, settle, subject } from './raw-peer.js';
import { answer, request, securityKey, signed, type UserKey } from './user-keys.js';

const certificateNames: Readonly<Record<SecurityAlgorithm, string>> = {
  'sk-ssh-ed25519@openssh.com': 'sk-ssh-ed25519-cert-v01@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com': 'webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
};

/** A key in a security key that answers with these flags, and a certificate for it. */
async function certifiedToken(algorithm: SecurityAlgorithm, flags: number, content: Content = {}): Promise<UserKey> {
  const token = createAuthenticator(algorithm);
  const type = token.keyType.replace('@openssh.com', '-cert-v01@openssh.com');
  const publicKey = await forge({ ...content, key: token.publicKey, type });
  return { ...securityKey(token, { flags }), algorithm: certificateNames[algorithm], publicKey };
}

async function logIn(key: UserKey, options = '', trusted: PublicKey = authority.public): Promise<number> {
  const line = `cert-authority${options} ${formatPublicKey(trusted)}`;
  const hooks = { authorizedKeys: () => line, authenticated: () => accept };
  const under = await subject({ certificates, hooks });
  const peer = await new RawPeer(under.server).requestService();
  expect((await answer(peer, request(false, key)))[0]).toBe(60);
  const last = await answer(peer, concat(request(true, key), str(await signed(peer.transport.sessionId!, key))));
  peer.close();
  await settle();
  return last[0]!;
}

const untouched: Content = { extensions: [flag('no-touch-required'), ...PERMISSIONS] };
const verified: readonly Option[] = [flag('verify-required')];

describe.each(securityAlgorithms)('H a certificate for %s', (algorithm) => {
  test.each<[string, number, Content, string, number]>([
    ['touched', USER_PRESENT, {}, '', 52],
    ['untouched', 0, {}, '', 51],
    ['untouched, which the certificate alone allows', 0, untouched, '', 51],
    ['untouched, which the line alone allows', 0, {}, ',no-touch-required', 51],
    ['untouched, which both allow', 0, untouched, ',no-touch-required', 52],
    ['without a PIN that the certificate asks for', USER_PRESENT, { critical: verified }, '', 51],
    ['without a PIN that the line asks for', USER_PRESENT, {}, ',verify-required', 51],
    ['with a PIN that both ask for', USER_PRESENT | USER_VERIFIED, { critical: verified }, ',verify-required', 52],
    ['with a PIN, untouched', USER_VERIFIED, { critical: verified }, '', 51],
  ])('%s', async (_what, flags, content, options, expected) => {
    expect(await logIn(await certifiedToken(algorithm, flags, content), options)).toBe(expected);
  });
});

/** As in OpenSSH: whether its owner touched an authority is that owner's affair. */
describe.each(securityAlgorithms)(
  'H a certificate by an authority in a security key, which signs by %s',
  (algorithm) => {
    test.each<[string, Lies]>([
      ['touched', { flags: USER_PRESENT }],
      ['untouched', { flags: 0 }],
      ['with flags that it did not sign', { shownFlags: USER_PRESENT | USER_VERIFIED }],
    ])('%s', async (_what, lies) => {
      const token = createAuthenticator(algorithm);
      const by = { sign: (_name: string, statement: Uint8Array) => token.sign(statement, lies) };
      const key = await certified({ by, signatureKey: token.publicKey });
      const isValid = algorithm !== WEBAUTHN && lies.shownFlags === undefined;
      const trusted = { type: token.keyType, blob: token.publicKey, comment: '' };
      expect(await logIn(key, '', trusted)).toBe(isValid ? 52 : 51);
    });
  },
);

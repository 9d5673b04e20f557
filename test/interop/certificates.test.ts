/** Certificates and authorized_keys options with OpenSSH at the other end: its client with our server, our client with its sshd. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';
import {
  connect,
  createServer,
  formatPublicKey,
  generateKey,
  HostKeyError,
  parseKnownHosts,
  type Peer,
  type PrivateKey,
  type Signer,
} from '@nacre/core';
import {
  certificates,
  certify,
  formatCertificate,
  issueCertificate,
  parseCertificate,
  parseRevocationList,
  type UserCertificateOptions,
} from '@nacre/core/certificates';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { connectWebSocket, listenWebSocket } from '@nacre/edge/node-web-socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAuthenticator, SK_ECDSA, SK_ED25519 } from '../vectors/authenticator.js';
import { KEY_TYPES, testKey, writeKey } from './keys.js';
import { connectTo } from './our-client.js';
import { openssh, TARGET, type Openssh } from './openssh.js';
import { startOurServer, type OurServerOptions } from './our-server.js';
import { isMissing, temporaryFolder } from './processes.js';
import { canRunServers, startSshd, USER } from './stock-servers.js';

const it = test.skipIf(isMissing('ssh', 'ssh-keygen'));
const itWithSshd = test.skipIf(!canRunServers || isMissing('sshd', 'ssh-keygen'));
const authority = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
const authorityLine = formatPublicKey(authority.public);

/** A key of that type, and a certificate for the user `keys`. */
async function issue(key: PrivateKey, options: Partial<UserCertificateOptions> = {}, by: Signer = authority) {
  return issueCertificate(by, {
    role: 'user',
    key: key.publicKey,
    keyId: 'a test',
    principals: ['keys'],
    validBefore: new Date(Date.now() + 3_600_000),
    ...options,
  });
}

async function reach(options: OurServerOptions): Promise<Openssh & { readonly port: number }> {
  const server = await startOurServer(onTestFinished, { certificates, ...options });
  return { ...(await openssh(onTestFinished, server, 'keys')), port: server.port };
}

/** Runs a command with a key, and with its certificate if there is one. */
async function run({ ssh, folder }: Openssh, key: PrivateKey, certificate?: string, words = [TARGET, 'echo in']) {
  const path = await writeKey(folder, 'user', key);
  if (certificate !== undefined) await writeFile(`${path}-cert.pub`, `${certificate}\n`);
  const { code, stdout, stderr } = await ssh(['-i', path, '-o', 'BatchMode=yes', ...words]).finished;
  return { code, output: stdout.toString(), stderr };
}

describe("OpenSSH's client and users' certificates", () => {
  it.each(KEY_TYPES)('a certificate of our authority for a key of type %s', async (type) => {
    const key = await testKey(type);
    const at = await reach({ authorizedKeys: `cert-authority ${authorityLine}` });
    expect(await run(at, key, formatCertificate(await issue(key)))).toMatchObject({ code: 0, output: 'in\n' });
  });

  it.each(['ed25519', 'ecdsa', 'rsa'])(
    'a certificate that ssh-keygen issued by an authority of type %s',
    async (type) => {
      const key = await testKey('ssh-ed25519');
      const folder = await temporaryFolder(onTestFinished);
      const ca = join(folder, 'ca');
      const keygen = (...words: readonly string[]): Buffer => execFileSync('ssh-keygen', ['-q', ...words]);
      keygen('-t', type, '-N', '', '-f', ca);
      const path = await writeKey(folder, 'id', key);
      const at = await reach({ authorizedKeys: `cert-authority ${readFileSync(`${ca}.pub`, 'utf8')}` });
      keygen('-s', ca, '-I', 'theirs', '-n', 'keys', '-V', '+1h', '-O', 'force-command=echo forced', `${path}.pub`);
      const certificate = readFileSync(`${path}-cert.pub`, 'utf8').trim();
      expect(await run(at, key, certificate)).toMatchObject({ code: 0, output: 'forced\n' });
      keygen('-s', ca, '-I', 'theirs', '-n', 'other', '-V', '+1h', `${path}.pub`);
      expect(await run(at, key, readFileSync(`${path}-cert.pub`, 'utf8').trim())).toMatchObject({ code: 255 });
    },
  );

  // ssh reads no certificate whose signature does not hold for it.
  it.each([SK_ED25519, SK_ECDSA] as const)('one by an authority in a security key, %s', async (type) => {
    const { publicKey, sign } = createAuthenticator(type);
    const by: Signer = { publicKey, algorithms: [type], sign: (_name, statement) => sign(statement) };
    const key = await testKey('ssh-ed25519');
    const at = await reach({
      authorizedKeys: `cert-authority ${formatPublicKey({ type, blob: publicKey, comment: '' })}`,
    });
    expect(await run(at, key, formatCertificate(await issue(key, {}, by)))).toMatchObject({ code: 0, output: 'in\n' });
  });

  it.each<[string, Partial<UserCertificateOptions>, number]>([
    ['from where it may be used', { sourceAddresses: ['127.0.0.0/8'] }, 0],
    ['from elsewhere', { sourceAddresses: ['192.0.2.0/24'] }, 255],
    ['that has expired', { validBefore: new Date(Date.now() - 1000) }, 255],
    ['for another user', { principals: ['somebody'] }, 255],
  ])('a certificate %s', async (_what, options, code) => {
    const key = await testKey('ssh-ed25519');
    const at = await reach({ authorizedKeys: `cert-authority ${authorityLine}` });
    expect((await run(at, key, formatCertificate(await issue(key, options)))).code).toBe(code);
  });

  it('without permit-pty there is no terminal for who insists on one, and a command for who does not', async () => {
    const key = await testKey('ssh-ed25519');
    const at = await reach({ authorizedKeys: `cert-authority ${authorityLine}` });
    const certificate = formatCertificate(await issue(key, { permissions: { pty: false } }));
    const { stderr } = await run(at, key, certificate, ['-tt', TARGET, 'echo in']);
    expect(stderr).toContain('PTY allocation request failed');
    expect(await run(at, key, certificate)).toMatchObject({ code: 0, output: 'in\n' });
  });

  it('one that is revoked by its number lets nobody in', async () => {
    const key = await testKey('ssh-ed25519');
    const revokedKeys = parseRevocationList('serial: 5-7', { authority: authority.publicKey });
    const at = await reach({ authorizedKeys: `cert-authority ${authorityLine}`, revokedKeys });
    expect((await run(at, key, formatCertificate(await issue(key, { serial: 6 })))).code).toBe(255);
    expect((await run(at, key, formatCertificate(await issue(key, { serial: 8 })))).code).toBe(0);
  });
});

describe("OpenSSH's client and authorized_keys", () => {
  it.each([
    ['from="127.0.0.1"', 0, 'in\n'],
    ['from="192.0.2.*,!127.0.0.1"', 255, ''],
    ['expiry-time="20990101Z"', 0, 'in\n'],
    ['expiry-time="20200101Z"', 255, ''],
    ['command="env SSH_ORIGINAL_COMMAND"', 0, 'SSH_ORIGINAL_COMMAND=echo in\n'],
    ['restrict,environment="COLOUR=red",command="env COLOUR"', 0, 'COLOUR=red\n'],
    ['principals="x"', 255, ''],
    ['cert-authority', 255, ''],
    ['no-such-option', 255, ''],
  ])('%s: status %d', async (options, code, output) => {
    const key = await testKey('ssh-ed25519');
    const at = await reach({ authorizedKeys: `${options} ${formatPublicKey(key.public)}` });
    expect(await run(at, key)).toMatchObject({ code, output });
  });
});

describe('over WebSocket', () => {
  test.each<[string, boolean, ((request: IncomingMessage) => Peer) | undefined]>([
    ['an address is not sure, and from= refused', false, undefined],
    ['so is one of a proxy that nobody vouches for', false, () => ({ remoteAddress: '127.0.0.1' })],
    [
      'an address by a proxy that is trusted',
      true,
      ({ headers }) => ({ remoteAddress: String(headers['x-real-ip'] ?? '127.0.0.1'), isDirect: true }),
    ],
  ])('%s', async (_what, isTaken, peer) => {
    const key = await testKey('ssh-ed25519');
    const server = createServer({
      crypto: nodeCrypto,
      certificates,
      hostKeys: [key],
      hooks: {
        authorizedKeys: () => `from="127.0.0.0/8" ${formatPublicKey(key.public)}\ncert-authority ${authorityLine}`,
      },
    });
    const listener = await listenWebSocket(server, { port: 0, ...(peer && { peer }) });
    onTestFinished(async () => {
      await server.close();
      await listener.close();
    });
    const bound = certify(key, await issue(key, { sourceAddresses: ['127.0.0.0/8'] }));
    const free = certify(key, await issue(key));
    const logIn = async (signer: Signer): Promise<boolean> => {
      const link = await connectWebSocket(`ws://127.0.0.1:${listener.port}/`);
      const credentials = [{ method: 'publickey', key: signer }] as const;
      const options = { user: 'keys', crypto: nodeCrypto, verifyHostKey: () => true, credentials };
      return connect(link, options).then(
        (client) => (client.close(), true),
        () => false,
      );
    };
    expect([await logIn(key), await logIn(bound), await logIn(free)]).toEqual([isTaken, isTaken, true]);
  });
});

describe("OpenSSH's client and a host's certificate", () => {
  const knownHosts = ({ folder, port }: { readonly folder: string; readonly port: number }): string =>
    join(folder, `known_hosts-${port}`);

  it.each(KEY_TYPES)('for a key of type %s: known by its authority', async (type) => {
    const key = await testKey(type);
    const content = { role: 'host', key: key.publicKey, keyId: 'host', validBefore: 'forever' } as const;
    const certificate = await issueCertificate(authority, { ...content, principals: ['127.0.0.1'] });
    const user = await testKey('ssh-ed25519');
    const at = await reach({
      certifiedHostKeys: [certify(key, certificate)],
      authorizedKeys: formatPublicKey(user.public),
    });
    await writeFile(knownHosts(at), `@cert-authority *,[127.0.0.1]:* ${authorityLine}\n`);
    expect(await run(at, user)).toMatchObject({ code: 0, output: 'in\n' });
    // Another authority, and no line for the key: nothing is asked, and nobody gets in.
    await writeFile(
      knownHosts(at),
      `@cert-authority *,[127.0.0.1]:* ${formatPublicKey((await testKey('ssh-ed25519')).public)}\n`,
    );
    expect((await run(at, user)).code).toBe(255);
  });
});

describe('our client and sshd', () => {
  /** An sshd that trusts our authority, and presents a certificate from it. */
  async function trusting(principals: readonly string[]) {
    const folder = await temporaryFolder(onTestFinished);
    await writeFile(join(folder, 'ca.pub'), `${authorityLine}\n`);
    const key = await testKey('ssh-ed25519');
    const content = { role: 'host', key: key.publicKey, keyId: 'host', validBefore: 'forever' } as const;
    const certificate = await issueCertificate(authority, { ...content, principals });
    await writeFile(join(folder, 'host-cert.pub'), `${formatCertificate(certificate)}\n`);
    const files = [`TrustedUserCAKeys ${join(folder, 'ca.pub')}`, `HostCertificate ${join(folder, 'host-cert.pub')}`];
    return startSshd(onTestFinished, [...files, 'AuthorizedKeysFile none']);
  }

  itWithSshd.each(KEY_TYPES)(
    'a certificate for a key of type %s, and the host known by its authority',
    async (type) => {
      const server = await trusting(['127.0.0.1']);
      const hosts = parseKnownHosts(`@cert-authority * ${authorityLine}\n`);
      const key = await testKey(type);
      const certificate = await issue(key, { principals: [USER] });
      const client = await connectTo(onTestFinished, server, {
        user: USER,
        verifyHostKey: hosts.verify('127.0.0.1', server.port),
        credentials: [{ method: 'publickey', key: certify(key, certificate) }],
      });
      expect(client.negotiated?.hostKey).toBe('ssh-ed25519-cert-v01@openssh.com');
      expect(parseCertificate(client.hostKey!).principals).toEqual(['127.0.0.1']);
      expect(Buffer.from((await client.exec('echo in')).stdout).toString()).toBe('in\n');
    },
  );

  itWithSshd('a certificate for another host is refused', async () => {
    const server = await trusting(['elsewhere']);
    const verifyHostKey = parseKnownHosts(`@cert-authority * ${authorityLine}\n`).verify('127.0.0.1', server.port);
    await expect(connectTo(onTestFinished, server, { user: USER, verifyHostKey })).rejects.toThrow(HostKeyError);
  });
});

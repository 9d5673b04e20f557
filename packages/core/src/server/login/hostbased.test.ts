/** RFC 4252 §9: the method `hostbased`, over connections from Nacre clients. */
import { expect, test } from 'vitest';
import type { Signer } from '../../algorithms/algorithm.js';
import { connect, type Client } from '../../client/client.js';
import { certificates, certify, issueCertificate, parseRevocationList } from '../../keys/certificates/index.js';
import { fingerprint, formatPublicKey, generateKey } from '../../keys/index.js';
import { memoryLinks } from '../../testing/memory-link.js';
import { hostbased } from '../../userauth/hostbased-credential.js';
import { hostbasedFields } from '../../userauth/hostbased.js';
import type { Credential } from '../../userauth/keyboard-interactive-credential.js';
import { signatureFields } from '../../userauth/messages.js';
import { createServer } from '../create-server.js';
import type { Hooks } from '../hooks.js';
import type { ServerOptions } from '../options.js';
import type { Server } from '../server.js';
import { accept } from '../verdict.js';

const hostKey = generateKey('ssh-ed25519');

async function serve(hooks: Hooks, options: Partial<ServerOptions> = {}): Promise<Server> {
  return createServer({ hostKeys: [await hostKey], session: () => 0, ...options, hooks });
}

async function dial(server: Server, user: string): Promise<Client> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  return connect(near, { user, verifyHostKey: () => true });
}

/** Logs in and leaves. @returns the server's name for the user, or what the client was told if the login failed. */
async function logIn(server: Server, user: string, ...credentials: Credential[]): Promise<string> {
  const client = await dial(server, user);
  try {
    await client.authenticate(user, credentials);
    return `in as ${server.connections.at(-1)!.user}`;
  } catch (error) {
    return (error as Error).message.replace(/^.*; it takes/, 'takes');
  } finally {
    client.close();
  }
}

test('the host’s key signs for its user; what another key signed is refused, and the key is not the user’s', async () => {
  const [hostOfAda, stranger] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
  const claims: unknown[] = [];
  const server = await serve({
    hostbased: ({ key, user }, claim) => {
      claims.push([user, claim, key?.fingerprint]);
      return key?.fingerprint === fingerprint(hostOfAda.publicKey) && claim.user === user ? accept : undefined;
    },
    authenticated: ({ key, connection }) => void claims.push(key, connection.keyFingerprint),
  });
  const from = (key: Signer, user = 'ada'): Credential => hostbased({ key, host: 'laptop.example', user });
  const forged: Signer = {
    ...stranger,
    algorithms: hostOfAda.algorithms,
    publicKey: hostOfAda.publicKey,
    sign: (...given) => stranger.sign(...given),
  };
  expect(await logIn(server, 'ada', from(stranger), from(hostOfAda, 'eve'), from(forged))).toBe('takes hostbased');
  claims.length = 0;
  expect(await logIn(server, 'ada', from(hostOfAda))).toBe('in as ada');
  const claim = { host: 'laptop.example', user: 'ada' };
  expect(claims).toEqual([['ada', claim, fingerprint(hostOfAda.publicKey)], undefined, undefined]);
});

test('a revoked host key, and a host’s certificate, is refused before the hook', async () => {
  const [revoked, other] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
  const certified = certify(
    other,
    await issueCertificate(revoked, {
      role: 'host',
      key: other.publicKey,
      keyId: 'laptop',
      principals: ['laptop.example'],
      validBefore: 'forever',
    }),
  );
  let asked = 0;
  const hooks: Hooks = {
    hostbased: () => {
      asked += 1;
      return accept;
    },
  };
  const revokedKeys = parseRevocationList(formatPublicKey(revoked.public));
  const from = (key: Signer): Credential => hostbased({ key, host: 'laptop.example', user: 'ada' });
  const server = await serve(hooks, { certificates, revokedKeys });
  expect(await logIn(server, 'ada', from(revoked))).toBe('takes hostbased');
  const trusting = await serve(hooks, { certificates });
  const client = await dial(trusting, 'ada');
  const signature = await certified.sign(certified.algorithms[0]!, new Uint8Array(0));
  const fields = hostbasedFields.encode({
    publicKeyAlgorithmName: certified.algorithms[0]!,
    hostKeyBlob: certified.publicKey,
    clientHostName: 'laptop.example',
    clientUserName: 'ada',
    tail: signatureFields.encode({ signature }),
  });
  const request: Credential = {
    method: 'hostbased',
    prove: (userauth, user) => userauth.request(user, 'hostbased', fields),
  };
  await expect(client.authenticate('ada', [request])).rejects.toThrow('it takes hostbased');
  client.close();
  expect(asked).toBe(0);
  expect(await logIn(server, 'ada', from(other))).toBe('in as ada');
});

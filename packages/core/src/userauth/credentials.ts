/** RFC 4252 §7, §8: the authentication methods, the client's side. */
import type { Signer } from '../algorithms/algorithm.js';
import type { Awaitable } from '../crypto/provider.js';
import { AuthenticationError, ProtocolError } from '../errors.js';
import { Writer } from '../wire/writer.js';
import type { UserauthClient, UserauthReply } from './client.js';
import { HOSTBOUND, hostboundFields, passwordFields, publicKeyFields, SSH_MSG_USERAUTH_REQUEST } from './messages.js';
import { signedBytes } from './public-key.js';

/** A credential of the kinds that every client supports. */
export type PlainCredential =
  | ProvenCredential
  | { readonly method: 'none' }
  | { readonly method: 'password'; readonly password: string | (() => Awaitable<string>) }
  | { readonly method: 'publickey'; readonly key: Signer };

/**
 * A credential with its own protocol: made by `keyboardInteractive`, `hostbased` and `passwordWithChange`, so that only
 * programs that use these bundle them.
 */
export interface ProvenCredential {
  readonly method: 'keyboard-interactive' | 'hostbased' | 'password';
  /** Runs the method. @returns the server's final answer; anything but a verdict counts as a refusal. */
  readonly prove: (client: UserauthClient, user: string) => Promise<UserauthReply>;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Tries credentials in turn, skipping those whose method the server does not accept. @throws AuthenticationError when
 * none is left; it names the methods that the server would still accept.
 */
export async function authenticate(
  client: UserauthClient,
  user: string,
  credentials: Iterable<PlainCredential> | AsyncIterable<PlainCredential>,
): Promise<void> {
  let methods: readonly string[] | undefined;
  const tried: string[] = [];
  for await (const credential of credentials) {
    if (methods !== undefined && credential.method !== 'none' && !methods.includes(credential.method)) continue;
    tried.push(credential.method);
    const reply = await authenticateWith(client, user, credential);
    if (reply?.kind === 'success') return;
    if (reply?.kind === 'failure') methods = reply.methods;
  }
  const offered = methods === undefined ? '' : `; it takes ${methods.join(', ') || 'nothing'}`;
  throw new AuthenticationError(
    `the server did not accept ${tried.length === 0 ? 'any credential' : tried.join(', ')} for this user${offered}`,
    methods ?? [],
  );
}

/** Tries one credential. @returns the server's final answer, or undefined if the server gave none. */
async function authenticateWith(
  client: UserauthClient,
  user: string,
  credential: PlainCredential,
): Promise<UserauthReply | undefined> {
  if ('prove' in credential) return expectVerdict(await credential.prove(client, user));
  switch (credential.method) {
    case 'none':
      return client.request(user, 'none', NO_BYTES);
    case 'password': {
      const password = typeof credential.password === 'string' ? credential.password : await credential.password();
      return expectVerdict(
        await client.request(user, 'password', passwordFields.encode({ isChange: false, password, tail: NO_BYTES })),
      );
    }
    case 'publickey':
      return expectVerdict(await signRequest(client, user, credential.key));
  }
}

/** A certified key signs with the plain key's algorithm, and servers list only that name (OpenSSH's PROTOCOL.certkeys). */
function formsOf(name: string): readonly string[] {
  return ['-cert-v01', '-cert-v01@openssh.com'].map((ending) => name.replace(ending, ''));
}

/**
 * Skips the query, which would cost a round trip, unless signing might disturb a person for nothing.
 * @returns undefined if this client may use none of the key's algorithms.
 */
async function signRequest(client: UserauthClient, user: string, key: Signer): Promise<UserauthReply | undefined> {
  const accepted = client.context.serverSignatureAlgorithms();
  const known = key.algorithms.filter((name) => formsOf(name).some((form) => form in client.context.signatures));
  const algorithm = known.find((name) => formsOf(name).some((form) => accepted?.includes(form))) ?? known[0];
  if (algorithm === undefined) return undefined;
  // Security: a login that names the server is useless to another server to which it might be relayed.
  const serverHostKey = client.context.boundHostKey();
  const methodName = serverHostKey === undefined ? 'publickey' : HOSTBOUND;
  const tail = serverHostKey === undefined ? NO_BYTES : hostboundFields.encode({ serverHostKey, tail: NO_BYTES });
  const fields = { publicKeyAlgorithmName: algorithm, publicKeyBlob: key.publicKey, tail };
  if (key.asksToSign) {
    const query = publicKeyFields.encode({ hasSignature: false, ...fields });
    const reply = await client.request(user, methodName, query);
    // RFC 4252 §7: SSH_MSG_USERAUTH_PK_OK means that this key would be accepted.
    if (reply.kind !== 'method') return reply;
    expectVerdict(reply);
  }
  const methodFields = publicKeyFields.encode({ hasSignature: true, ...fields });
  const request = { userName: user, serviceName: 'ssh-connection', methodName, methodFields };
  const unsigned = SSH_MSG_USERAUTH_REQUEST.encode(request);
  const signature = await key.sign(algorithm, signedBytes(client.context.sessionId, unsigned));
  const writer = new Writer();
  writer.fixed(methodFields);
  writer.string(signature);
  return client.request(user, methodName, writer.written());
}

/**
 * A server that wants something else in the middle of a method (a new password, say) has given no verdict, and has not
 * said what it takes instead.
 */
function expectVerdict(reply: UserauthReply | undefined): UserauthReply | undefined {
  if (reply?.kind !== 'method') return reply;
  if (reply.payload[0] !== 60) throw new ProtocolError(`message ${reply.payload[0]} answers no method`);
  return undefined;
}

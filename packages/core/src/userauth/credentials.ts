/** RFC 4252 §7, §8: the methods, the client's side. */
import type { Signer } from '../algorithms/algorithm.js';
import type { Awaitable } from '../crypto/provider.js';
import { AuthenticationError, ProtocolError } from '../errors.js';
import { Writer } from '../wire/writer.js';
import type { UserauthClient, UserauthReply } from './client.js';
import { HOSTBOUND, hostboundFields, passwordFields, publicKeyFields, SSH_MSG_USERAUTH_REQUEST } from './messages.js';
import { signedBytes } from './public-key.js';

/** One way to prove who we are that every client knows. */
export type PlainCredential =
  | ProvenCredential
  | { readonly method: 'none' }
  | { readonly method: 'password'; readonly password: string | (() => Awaitable<string>) }
  | { readonly method: 'publickey'; readonly key: Signer };

/** A way of its own: `keyboardInteractive`, `hostbased` and `passwordWithChange` make one, which programs that need none do not carry. */
export interface ProvenCredential {
  readonly method: 'keyboard-interactive' | 'hostbased' | 'password';
  /** Proves it. @returns the server's last word, for which anything else than a verdict is a refusal. */
  readonly prove: (client: UserauthClient, user: string) => Promise<UserauthReply>;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Tries credentials in turn, those whose method the server takes. @throws AuthenticationError when none is left; it names
 * the methods that the server would still take.
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
    if (reply.kind === 'success') return;
    if (reply.kind === 'failure') methods = reply.methods;
  }
  const offered = methods === undefined || methods.length === 0 ? 'nothing' : methods.join(', ');
  throw new AuthenticationError(
    `the server did not accept ${tried.length === 0 ? 'any credential' : tried.join(', ')} for this user; it takes ${offered}`,
    methods ?? [],
  );
}

/** Tries one credential. @returns the server's last word on it. */
async function authenticateWith(
  client: UserauthClient,
  user: string,
  credential: PlainCredential,
): Promise<UserauthReply> {
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

/** A certified key signs by the algorithm of the plain one, and servers name that one alone (OpenSSH's PROTOCOL.certkeys). */
function formsOf(name: string): readonly string[] {
  return ['-cert-v01', '-cert-v01@openssh.com'].map((ending) => name.replace(ending, ''));
}

/** The request is signed at once, for a query would cost a round trip, unless a person would be asked for nothing. */
async function signRequest(client: UserauthClient, user: string, key: Signer): Promise<UserauthReply> {
  const accepted = client.context.serverSignatureAlgorithms();
  const known = key.algorithms.filter((name) => formsOf(name).some((form) => form in client.context.signatures));
  const algorithm = known.find((name) => formsOf(name).some((form) => accepted?.includes(form))) ?? known[0];
  if (algorithm === undefined) return { kind: 'failure', methods: [], partialSuccess: false };
  // Security: a login that names the server is worth nothing to another server that it might be handed on to.
  const serverHostKey = client.context.boundHostKey();
  const methodName = serverHostKey === undefined ? 'publickey' : HOSTBOUND;
  const tail = serverHostKey === undefined ? NO_BYTES : hostboundFields.encode({ serverHostKey, tail: NO_BYTES });
  const fields = { publicKeyAlgorithmName: algorithm, publicKeyBlob: key.publicKey, tail };
  if (key.asksToSign) {
    const query = publicKeyFields.encode({ hasSignature: false, ...fields });
    const reply = await client.request(user, methodName, query);
    // RFC 4252 §7: SSH_MSG_USERAUTH_PK_OK says that this key would do.
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

/** A server that wants something else in the middle of a method (a new password, say) is taken for a refusal. */
function expectVerdict(reply: UserauthReply): UserauthReply {
  if (reply.kind !== 'method') return reply;
  if (reply.payload[0] !== 60) throw new ProtocolError(`message ${reply.payload[0]} answers no method`);
  return { kind: 'failure', methods: [], partialSuccess: false };
}

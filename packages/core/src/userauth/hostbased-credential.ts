/** RFC 4252 §9: the method `hostbased`, the client's side. */
import type { Signer } from '../algorithms/algorithm.js';
import { Writer } from '../wire/writer.js';
import type { ProvenCredential } from './credentials.js';
import { hostbasedFields } from './hostbased.js';
import { SSH_MSG_USERAUTH_REQUEST } from './messages.js';
import { signedBytes } from './public-key.js';

export interface HostbasedOptions {
  /** The host key of the client's machine. */
  readonly key: Signer;
  /** The fully qualified name of that machine. */
  readonly host: string;
  /** The user's name on it. */
  readonly user: string;
}

/** Logs in as a user whom the client's own host vouches for. */
export function hostbased({ key, host, user: clientUserName }: HostbasedOptions): ProvenCredential {
  const prove: ProvenCredential['prove'] = async (client, user) => {
    const { sessionId, signatures, serverSignatureAlgorithms } = client.context;
    const accepted = serverSignatureAlgorithms();
    const known = key.algorithms.filter((name) => name in signatures);
    const algorithm = known.find((name) => accepted?.includes(name)) ?? known[0];
    if (algorithm === undefined) return { kind: 'failure', methods: [], partialSuccess: false };
    const methodFields = hostbasedFields.encode({
      publicKeyAlgorithmName: algorithm,
      hostKeyBlob: key.publicKey,
      // Interop: OpenSSH's server compares names with the trailing dot of DNS.
      clientHostName: `${host}.`,
      clientUserName,
      tail: new Uint8Array(0),
    });
    const request = { userName: user, serviceName: 'ssh-connection', methodName: 'hostbased', methodFields };
    const signed = signedBytes(sessionId, SSH_MSG_USERAUTH_REQUEST.encode(request));
    const writer = new Writer();
    writer.fixed(methodFields);
    writer.string(await key.sign(algorithm, signed));
    return client.request(user, 'hostbased', writer.written());
  };
  return { method: 'hostbased', prove };
}

/** RFC 4252 §9: the method `hostbased`, the server's side. */
import { rest, string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { Decision, UserauthAttempt } from './decision.js';
import { signatureFields } from './messages.js';
import { signedBytes, type PublicKeyContext } from './public-key.js';

export const hostbasedFields = record({
  publicKeyAlgorithmName: text,
  hostKeyBlob: string,
  clientHostName: text,
  clientUserName: text,
  tail: rest,
});

const REFUSE: Decision = { outcome: 'refuse' };

/**
 * Judges the fields of a request; `request` is its whole payload, which the host's signature covers.
 * @throws ProtocolError if the fields do not parse.
 */
export async function judgeHostbased(
  { signatures, authenticator, sessionId, crypto }: PublicKeyContext,
  attempt: UserauthAttempt,
  fields: Uint8Array,
  request: Uint8Array,
): Promise<Decision> {
  const { publicKeyAlgorithmName: name, hostKeyBlob: blob, tail, ...claimed } = hostbasedFields.decode(fields);
  const algorithm = signatures[name];
  if (algorithm?.isUsableKey(blob) !== true) return REFUSE;
  // Interop: OpenSSH sends the name with the trailing dot of DNS.
  const claim = { host: claimed.clientHostName.replace(/\.$/, ''), user: claimed.clientUserName };
  const decision = await authenticator.hostbased(attempt, { algorithm: name, blob, phase: 'signature' }, claim);
  if (decision.outcome === 'refuse') return REFUSE;
  const { signature } = signatureFields.decode(tail);
  const signed = signedBytes(sessionId, request.subarray(0, request.length - tail.length));
  return (await algorithm.verify(crypto, blob, signed, signature)) ? decision : REFUSE;
}

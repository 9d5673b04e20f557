/** RFC 4252 §7: the method `publickey`, the server's side. */
import type { SignatureAlgorithm } from '../algorithms/algorithm.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import type { Authenticator, Decision, UserauthAttempt } from './decision.js';
import { publicKeyFields, signatureFields } from './messages.js';

export interface PublicKeyContext {
  readonly sessionId: Uint8Array;
  readonly crypto: CryptoProvider;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm>>;
  readonly authenticator: Authenticator;
}

/** A query about a key, answered yes or no; or a signature, whose decision counts. */
export type KeyJudgement =
  | { readonly kind: 'acceptable'; readonly algorithm: string; readonly publicKey: Uint8Array }
  | { readonly kind: 'unacceptable'; readonly decision: Decision }
  | { readonly kind: 'proven'; readonly decision: Decision; readonly publicKey: Uint8Array };

const REFUSE: Decision = { outcome: 'refuse' };

/** Judges the fields of a publickey request; `request` is its whole payload, which the signature covers. Never throws. */
export async function judgePublicKey(
  context: PublicKeyContext,
  attempt: UserauthAttempt,
  fields: Uint8Array,
  request: Uint8Array,
): Promise<KeyJudgement> {
  try {
    const { hasSignature, publicKeyAlgorithmName: name, publicKeyBlob, tail } = publicKeyFields.decode(fields);
    const algorithm = context.signatures[name];
    const phase = hasSignature ? 'signature' : 'query';
    const kind = hasSignature ? 'proven' : 'unacceptable';
    const isRightType = algorithm !== undefined && keyType(publicKeyBlob) === algorithm.keyType;
    if (!isRightType || (!hasSignature && tail.length > 0)) return { kind, decision: REFUSE, publicKey: publicKeyBlob };
    const key = { algorithm: name, blob: publicKeyBlob, phase } as const;
    const decision = await context.authenticator.publicKey(attempt, key);
    if (decision.outcome === 'refuse') return { kind, decision, publicKey: publicKeyBlob };
    if (!hasSignature) return { kind: 'acceptable', algorithm: name, publicKey: publicKeyBlob };
    const { signature } = signatureFields.decode(tail);
    const signed = signedBytes(context.sessionId, request.subarray(0, request.length - tail.length));
    const holds = await algorithm.verify(context.crypto, publicKeyBlob, signed, signature);
    return { kind: 'proven', decision: holds ? decision : REFUSE, publicKey: publicKeyBlob };
  } catch {
    return { kind: 'proven', decision: REFUSE, publicKey: new Uint8Array(0) };
  }
}

/** RFC 4252 §7: `string session_id`, then the request up to the signature. */
export function signedBytes(sessionId: Uint8Array, request: Uint8Array): Uint8Array {
  const writer = new Writer(sessionId.length + request.length + 4);
  writer.string(sessionId);
  writer.fixed(request);
  return writer.written();
}

function keyType(blob: Uint8Array): string {
  return new Reader(blob).text();
}

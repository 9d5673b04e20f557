/** RFC 4252 §7: the method `publickey`, the server's side. */
import type { SecurityKeyAssertion, SignatureAlgorithm } from '../algorithms/algorithm.js';
import { equalBytes, type CryptoProvider } from '../crypto/provider.js';
import type { KeyTerms } from '../keys/authorize.js';
import { Writer } from '../wire/writer.js';
import type { Authenticator, Decision, OfferedKey, ProvenKey, UserauthAttempt } from './decision.js';
import { hostboundFields, publicKeyFields, signatureFields } from './messages.js';

export interface PublicKeyContext {
  readonly sessionId: Uint8Array;
  readonly crypto: CryptoProvider;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm>>;
  readonly authenticator: Authenticator;
  /** The host key that the request must name (`publickey-hostbound-v00@openssh.com`), if it names one. */
  readonly boundTo?: Uint8Array;
}

/** A query about a key, answered yes or no; or a request with a signature, or a malformed one: its decision counts. */
export type KeyJudgement =
  | {
      readonly kind: 'query';
      readonly isAcceptable: boolean;
      readonly algorithm: string;
      readonly publicKey: Uint8Array;
    }
  | { readonly kind: 'signature'; readonly decision: Decision; readonly key: ProvenKey | undefined };

const REFUSE: Decision = { outcome: 'refuse' };
const REFUSED: KeyJudgement = { kind: 'signature', decision: REFUSE, key: undefined };

/** Judges the fields of a publickey request; `request` is its whole payload, which the signature covers. Never throws. */
export async function judgePublicKey(
  context: PublicKeyContext,
  attempt: UserauthAttempt,
  fields: Uint8Array,
  request: Uint8Array,
): Promise<KeyJudgement> {
  try {
    const { hasSignature, publicKeyAlgorithmName: name, publicKeyBlob, ...rest } = publicKeyFields.decode(fields);
    const tail = context.boundTo === undefined ? rest.tail : takeBinding(rest.tail, context.boundTo);
    if (tail === undefined) return REFUSED;
    const algorithm = context.signatures[name];
    // Security: the hook is not asked about keys whose type does not match the algorithm, or whose size would keep us
    // busy.
    const isUsable = algorithm?.isUsableKey(publicKeyBlob) === true;
    const askHook = (phase: OfferedKey['phase']): ReturnType<Authenticator['publicKey']> =>
      isUsable ? context.authenticator.publicKey(attempt, { algorithm: name, blob: publicKeyBlob, phase }) : REFUSE;
    if (!hasSignature) {
      const isAcceptable = tail.length === 0 && (await askHook('query')).outcome !== 'refuse';
      return { kind: 'query', isAcceptable, algorithm: name, publicKey: publicKeyBlob };
    }
    // Verifying a signature costs more than reading a list of keys, so a stranger's signature is not verified.
    const decision = await askHook('signature');
    if (algorithm === undefined || decision.outcome === 'refuse') return REFUSED;
    const { signature } = signatureFields.decode(tail);
    const signed = signedBytes(context.sessionId, request.subarray(0, request.length - tail.length));
    const holds = await algorithm.verify(context.crypto, publicKeyBlob, signed, signature);
    if (!holds) return REFUSED;
    const assertion = algorithm.assertion?.(signature);
    if (algorithm.assertion !== undefined && !vouchesForEnough(assertion, decision.terms)) return REFUSED;
    const restrictions = decision.terms?.restrictions;
    const certified = algorithm.certifiedKey?.(publicKeyBlob);
    const held = certified === undefined ? { blob: publicKeyBlob } : { blob: certified, certificate: publicKeyBlob };
    return { kind: 'signature', decision, key: { algorithm: name, ...held, assertion, restrictions } };
  } catch {
    return REFUSED;
  }
}

/**
 * What follows the server's host key; undefined if that is another server's, to which the login was made and which
 * relays it.
 */
function takeBinding(fields: Uint8Array, hostKey: Uint8Array): Uint8Array | undefined {
  const { serverHostKey, tail } = hostboundFields.decode(fields);
  return equalBytes(serverHostKey, hostKey) ? tail : undefined;
}

/** Security: otherwise whoever controls the machine that a security key is plugged into could sign without a touch. */
function vouchesForEnough(
  assertion: SecurityKeyAssertion | undefined,
  { withoutTouch = false, withVerification = false }: KeyTerms = {},
): boolean {
  if (assertion === undefined) return false;
  return (withoutTouch || assertion.userPresent) && (!withVerification || assertion.userVerified);
}

/** RFC 4252 §7: `string session_id`, then the request up to the signature. */
export function signedBytes(sessionId: Uint8Array, request: Uint8Array): Uint8Array {
  const writer = new Writer(sessionId.length + request.length + 4);
  writer.string(sessionId);
  writer.fixed(request);
  return writer.written();
}

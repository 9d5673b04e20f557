/** Judges a key that a client offers by the answer of the hook `authorizedKeys`. */
import { isGranted, isRejected } from '../hook-runner.js';
import type { Certificate } from '../../algorithms/certificate.js';
import {
  authorizeKey,
  type CertificateSupport,
  type KeyTerms,
  type KeyUse,
  type RevokedKeys,
} from '../../keys/authorize.js';
import { AUTHORITY } from '../../keys/authorized-key-options.js';
import { parseAuthorizedKeys, type AuthorizedKey, type AuthorizedKeys } from '../../keys/authorized-keys.js';
import type { ServerConnection } from '../server-connection.js';
import type { Decision, OfferedKey } from '../../userauth/decision.js';
import type { Accept, Reject } from '../verdict.js';

/** Security: lines of one text that are reported in the log. A client can have the text read again and again. */
const MAXIMUM_TOLD = 4;

const REFUSE: Decision = { outcome: 'refuse' };

/** Who offers the key, and when, in ms since 1970. */
export interface OfferedKeyContext {
  readonly user: string;
  readonly date: number;
  readonly maxKeys: number;
  readonly certificates: CertificateSupport | undefined;
  readonly revokedKeys: RevokedKeys | undefined;
}

/** Whether an algorithm uses keys with certificates (OpenSSH's PROTOCOL.certkeys). */
export function isCertificateName(algorithm: string): boolean {
  return algorithm.endsWith('-cert-v01@openssh.com');
}

/** Parsed keys beyond `maxKeys` are ignored. */
export function judgeOfferedKey(
  answer: Accept | Reject | string | readonly AuthorizedKey[] | undefined | null,
  offered: OfferedKey,
  connection: ServerConnection,
  context: OfferedKeyContext,
): Decision & { readonly terms?: KeyTerms } {
  if (answer === undefined || answer === null || isRejected(answer)) return REFUSE;
  const { user, date, maxKeys, certificates, revokedKeys } = context;
  const { remoteAddress, isDirect } = connection.peer;
  const use: KeyUse = { user, address: isDirect === true ? remoteAddress : undefined, now: date };
  const certificate = certificates?.read(offered.blob);
  // Security: a certificate algorithm is enabled, but not the code that checks what the authority certifies.
  if (certificate === undefined && isCertificateName(offered.algorithm)) return REFUSE;
  const lines = linesOf(answer, { ...offered, certificate }, connection, maxKeys);
  const authorization = revokedKeys?.isRevoked(offered.blob)
    ? { reason: 'the key is revoked' }
    : (certificate === undefined ? authorizeKey : certificates!.authorize)(lines, offered.blob, use);
  if ('terms' in authorization) return { outcome: 'accept', terms: authorization.terms };
  connection.log(6, 'authentication', 'a key is not taken', { user, reason: authorization.reason });
  return REFUSE;
}

/** The answer as lines of authorized_keys; `accept` becomes a line for exactly this key, or for the certificate's authority. */
function linesOf(
  answer: Accept | string | readonly AuthorizedKey[],
  { blob, certificate }: { readonly blob: Uint8Array; readonly certificate: Certificate | undefined },
  connection: ServerConnection,
  maxKeys: number,
): readonly AuthorizedKey[] {
  if (typeof answer === 'string') return parseLines(answer, connection);
  if (Array.isArray(answer)) return (answer as readonly AuthorizedKey[]).slice(0, maxKeys);
  // Security: a hook in plain JavaScript may return anything.
  if (!isGranted(answer)) return [];
  const line = { type: '', comment: '' };
  return [
    certificate === undefined ? { ...line, blob } : { ...line, blob: certificate.signatureKey, options: AUTHORITY },
  ];
}

/** The last text that was parsed: a client offers its key twice, and many clients share the same lines. */
let last: { readonly text: string; readonly lines: AuthorizedKeys } = { text: '', lines: parseAuthorizedKeys('') };

/** Security: a line with an unknown restriction is skipped, never accepted without it. */
function parseLines(text: string, connection: ServerConnection): readonly AuthorizedKey[] {
  if (text !== last.text) last = { text, lines: parseAuthorizedKeys(text) };
  const { keys, skipped } = last.lines;
  for (const { line, reason } of skipped.slice(0, MAXIMUM_TOLD))
    connection.log(4, 'authentication', 'an authorized_keys line is left out', { line, reason });
  return keys;
}

/** What the hook `authorizedKeys` said about a key that a client holds up. */
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

/** Security: lines of one text that the log tells of. Whoever holds keys up has it read again and again. */
const MAXIMUM_TOLD = 4;

const REFUSE: Decision = { outcome: 'refuse' };

/** Who holds the key up, and when, in ms since 1970. */
export interface OfferedKeyContext {
  readonly user: string;
  readonly date: number;
  readonly maxKeys: number;
  readonly certificates: CertificateSupport | undefined;
  readonly revokedKeys: RevokedKeys | undefined;
}

/** Whether an algorithm is for keys with certificates (OpenSSH's PROTOCOL.certkeys). */
export function isCertificateName(algorithm: string): boolean {
  return algorithm.endsWith('-cert-v01@openssh.com');
}

/** Parsed keys beyond `maxKeys` are not looked at. */
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
  // Security: rows of certificates without what judges them: nobody has looked at what the authority says.
  if (certificate === undefined && isCertificateName(offered.algorithm)) return REFUSE;
  const lines = linesOf(answer, { ...offered, certificate }, connection, maxKeys);
  const authorization = revokedKeys?.isRevoked(offered.blob)
    ? { reason: 'the key is revoked' }
    : (certificate === undefined ? authorizeKey : certificates!.authorize)(lines, offered.blob, use);
  if ('terms' in authorization) return { outcome: 'accept', terms: authorization.terms };
  connection.log(6, 'authentication', 'a key is not taken', { user, reason: authorization.reason });
  return REFUSE;
}

/** What the answer comes to as lines of authorized_keys; `accept` is one for exactly this key, or for the authority of the certificate. */
function linesOf(
  answer: Accept | string | readonly AuthorizedKey[],
  { blob, certificate }: { readonly blob: Uint8Array; readonly certificate: Certificate | undefined },
  connection: ServerConnection,
  maxKeys: number,
): readonly AuthorizedKey[] {
  if (typeof answer === 'string') return parseLines(answer, connection);
  if (Array.isArray(answer)) return (answer as readonly AuthorizedKey[]).slice(0, maxKeys);
  // Security: whatever else a hook in plain JavaScript may give.
  if (!isGranted(answer)) return [];
  const line = { type: '', comment: '' };
  return [
    certificate === undefined ? { ...line, blob } : { ...line, blob: certificate.signatureKey, options: AUTHORITY },
  ];
}

/** What was read last: a client holds its key up twice, and many do to the same lines. */
let last: { readonly text: string; readonly lines: AuthorizedKeys } = { text: '', lines: parseAuthorizedKeys('') };

/** Security: a line that asks for a restriction we do not know is left out, never taken without it. */
function parseLines(text: string, connection: ServerConnection): readonly AuthorizedKey[] {
  if (text !== last.text) last = { text, lines: parseAuthorizedKeys(text) };
  const { keys, skipped } = last.lines;
  for (const { line, reason } of skipped.slice(0, MAXIMUM_TOLD))
    connection.log(4, 'authentication', 'an authorized_keys line is left out', { line, reason });
  return keys;
}

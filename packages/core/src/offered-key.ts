/** What the hook `authorizedKeys` said about a key that a client holds up. */
import { isRejected } from './hook-runner.js';
import { authorizeKey, type KeyUse } from './keys/authorize.js';
import { parseAuthorizedKeys, type AuthorizedKey } from './keys/index.js';
import type { ServerConnection } from './server-connection.js';
import type { Decision, KeyTerms, OfferedKey } from './userauth/decision.js';
import type { Accept, Reject } from './verdict.js';

const REFUSE: Decision = { outcome: 'refuse' };
const ACCEPT: Decision = { outcome: 'accept' };

/** Who holds the key up, and when, in ms since 1970. */
export interface OfferedKeyContext {
  readonly user: string;
  readonly date: number;
  readonly maxKeys: number;
}

/** Parsed keys beyond `maxKeys` are not looked at. */
export function judgeOfferedKey(
  answer: Accept | Reject | string | readonly AuthorizedKey[] | undefined,
  offered: OfferedKey,
  connection: ServerConnection,
  { user, date, maxKeys }: OfferedKeyContext,
): Decision & { readonly terms?: KeyTerms } {
  if (answer === undefined || isRejected(answer)) return REFUSE;
  if (typeof answer === 'object' && 'verdict' in answer) return answer.verdict === 'accept' ? ACCEPT : REFUSE;
  const keys = typeof answer === 'string' ? parseLines(answer, connection) : answer.slice(0, maxKeys);
  const { remoteAddress, isDirect } = connection.peer;
  const use: KeyUse = { user, address: isDirect === true ? remoteAddress : undefined, now: date };
  const authorization = authorizeKey(keys, offered.blob, use);
  if ('terms' in authorization) return { ...ACCEPT, terms: authorization.terms };
  connection.log(6, 'authentication', 'a key is not taken', { user, reason: authorization.reason });
  return REFUSE;
}

/** Security: a line that asks for a restriction we do not know is left out, never taken without it. */
function parseLines(text: string, connection: ServerConnection): readonly AuthorizedKey[] {
  const { keys, skipped } = parseAuthorizedKeys(text);
  for (const { line, reason } of skipped)
    connection.log(4, 'authentication', 'an authorized_keys line is left out', { line, reason });
  return keys;
}

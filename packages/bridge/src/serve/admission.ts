/** Who may open a link: Host and Origin first, then a secret in a header, in a subprotocol or in the first message. */
import type { IncomingMessage } from 'node:http';
import {
  bearerToken,
  checkOrigin,
  checkRequest,
  isSecret,
  protocolSecret,
  type AllowLists,
  type Denial,
} from '../http/access.js';
import { TICKET_PREFIX, TOKEN_PREFIX } from '../relay-v4/relay-names.js';
import type { Tickets } from '../http/tickets.js';

/** Valid for one link to this path. */
export interface TicketGrant {
  readonly path: string;
}

export interface Secrets {
  /** Undefined if everybody who uses an allowed host name is let in, except pages of foreign origins. */
  readonly token: string | undefined;
  readonly tickets: Tickets<TicketGrant>;
}

/** `first message`: a page that cannot set headers sends its secret as its first message. */
export type Admission = 'let in' | 'first message';

const WRONG_SECRET: Denial = { status: 401, message: 'the token or ticket is wrong, used or expired' };
const NO_SECRET: Denial = { status: 401, message: 'a token is needed: Authorization: Bearer' };

/** Uses up the ticket if it is valid. */
export function admit(request: IncomingMessage, path: string, lists: AllowLists, secrets: Secrets): Admission | Denial {
  const denial = checkRequest(request, lists) ?? checkOrigin(request, lists);
  if (denial) return denial;
  if (secrets.token === undefined) return 'let in';
  const given = givenSecret(request);
  if (given !== undefined) return opens(given, path, secrets) ? 'let in' : WRONG_SECRET;
  if (request.headers.authorization !== undefined) return WRONG_SECRET;
  return request.headers.origin === undefined ? NO_SECRET : 'first message';
}

/**
 * A client that reconnects shows the id of its session, which is itself a secret; a program also shows its token again.
 *
 * Security: the id is part of the URL, which a proxy on the way may log. So it is enough on its own for pages only, which
 * have no other secret left: a ticket is valid for one link.
 */
export function admitReturn(request: IncomingMessage, lists: AllowLists, secrets: Secrets): Denial | undefined {
  const denial = checkRequest(request, lists) ?? checkOrigin(request, lists);
  if (denial) return denial;
  if (secrets.token === undefined || request.headers.origin !== undefined) return undefined;
  return isSecret(bearerToken(request), secrets.token) ? undefined : NO_SECRET;
}

/** Whether a secret, written as in a subprotocol, opens this path. A ticket that does is used up. */
export function opens(secret: string, path: string, { token, tickets }: Secrets): boolean {
  if (secret.startsWith(TICKET_PREFIX)) {
    const ticket = secret.slice(TICKET_PREFIX.length);
    return tickets.isValid(ticket, (grant) => grant.path === path) && tickets.take(ticket) !== undefined;
  }
  return token !== undefined && secret.startsWith(TOKEN_PREFIX) && isSecret(secret.slice(TOKEN_PREFIX.length), token);
}

function givenSecret(request: IncomingMessage): string | undefined {
  const bearer = bearerToken(request);
  if (bearer !== undefined) return `${TOKEN_PREFIX}${bearer}`;
  for (const prefix of [TICKET_PREFIX, TOKEN_PREFIX]) {
    const secret = protocolSecret(request, prefix);
    if (secret !== undefined) return `${prefix}${secret}`;
  }
  return undefined;
}

/** POST /ticket (RFC 9110 §9.3.3): a program that holds the token gets tickets for the pages that it serves. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  bearerToken,
  checkOrigin,
  checkRequest,
  isSecret,
  pathOf,
  type AllowLists,
  type Denial,
} from '../http/access.js';
import { denyRequest } from '../http/denial.js';
import type { Log } from '../log.js';
import type { Visitors } from '../net/visitors.js';
import type { Secrets } from './admission.js';

const TICKET_PATH = '/ticket';
/** How long a page may take to use its ticket, in ms. */
export const TICKET_LIFETIME = 60_000;
/** Unused tickets at the same time. */
const MAX_TICKETS = 1_000;

export interface TicketDeskOptions {
  readonly lists: () => AllowLists;
  readonly secrets: () => Secrets;
  readonly visitors: Visitors;
  readonly log: Log;
}

/** Answers every request that is not an upgrade. `/ticket` gives a ticket for `/`, `/ticket/PATH` one for `/PATH`. */
export function serveTicketDesk(server: Server, options: TicketDeskOptions): void {
  server.on('request', (request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    // Nothing here reads a body, so a connection cannot go on after one.
    response.setHeader('connection', 'close');
    const denial = judge(request, options);
    if (denial) {
      const { visitors, log } = options;
      denyRequest(request, response, visitors.answerTo(visitors.behind(request).address, denial), log);
      return;
    }
    issue(request, response, options.secrets());
  });
}

function judge(request: IncomingMessage, { lists, secrets }: TicketDeskOptions): Denial | undefined {
  const { token, tickets } = secrets();
  const denial = checkRequest(request, lists()) ?? checkOrigin(request, lists());
  if (denial) return denial;
  const path = pathOf(request);
  if (path !== TICKET_PATH && !path.startsWith(`${TICKET_PATH}/`)) {
    return { status: 426, message: 'this address is for WebSockets' };
  }
  if (request.method !== 'POST') return { status: 405, message: 'only POST', allow: 'POST' };
  if (token === undefined) return { status: 404, message: 'no tickets are needed here' };
  if (!isSecret(bearerToken(request), token))
    return { status: 401, message: 'tickets are given only to holders of the token' };
  if (tickets.size >= MAX_TICKETS) return { status: 503, message: 'too many unused tickets; try again in a minute' };
  return undefined;
}

function issue(request: IncomingMessage, response: ServerResponse, { tickets }: Secrets): void {
  const path = pathOf(request).slice(TICKET_PATH.length) || '/';
  const ticket = tickets.issue({ path });
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ ticket, path, lifetime: TICKET_LIFETIME }));
}

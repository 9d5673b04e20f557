/** RFC 6455 §4.2: the relay's WebSocket addresses, and who is let in, decided before anything is upgraded. */
import type { IncomingMessage, Server } from 'node:http';
import { denyUpgrade } from '../http/denial.js';
import type { Log } from '../log.js';
import type { Visitors } from '../net/visitors.js';
import { MAX_PAYLOAD } from '../pump.js';
import { MAX_COMMAND_LENGTH, RELAY_PROTOCOL } from '../relay-v4/commands.js';
import { HOST_PROTOCOL, TICKET_PREFIX, TOKEN_PREFIX } from '../relay-v4/relay-names.js';
import type { Sessions } from '../resume/sessions.js';
import { CONNECT_SUFFIX, RECONNECT_SUFFIX } from '../relay-v4/addresses.js';
import { readResumeRequest } from '../resume/upgrade.js';
import { acceptWebSocket, upgradeFault } from '../websocket/accept.js';
import { OPEN, type Link } from '../websocket/link.js';
import {
  bearerToken,
  checkOrigin,
  checkRequest,
  isSecret,
  offeredProtocols,
  pathOf,
  protocolSecret,
  type AllowLists,
  type Denial,
} from '../http/access.js';
import { MAX_CONTROL_PAYLOAD } from './limits.js';

export const HOST_PATH = '/host';
export const LINK_PATH = '/link';
export const LINK_PROTOCOL = 'nacre.link.v1';

export interface UpgradeOptions {
  readonly lists: () => AllowLists;
  readonly visitors: Visitors;
  readonly token: string;
  readonly isTicketValid: (ticket: string) => boolean;
  readonly sessions: Sessions;
  readonly onHost: (control: Link) => void;
  /** A tab's link of plain bytes, or one of SSH Relay v4, given paused. */
  readonly onLink: (link: Link, ticket: string, isResumable: boolean) => void;
  /** A tab's next link for a session, given paused. */
  readonly onReturn: (link: Link, sid: string, received: number) => void;
  readonly log: Log;
}

/** What an address requires, and what happens to its WebSockets. */
interface Endpoint {
  readonly protocol: string;
  /** The largest message, in bytes. */
  readonly maxPayload: number;
  readonly deliver: 'messages' | 'pieces';
  /** Why the request is denied, or what to do with its link. */
  authorize(request: IncomingMessage): Denial | ((link: Link) => void);
}

export function serveUpgrades(server: Server, options: UpgradeOptions): void {
  const endpoints: Readonly<Record<string, Endpoint>> = {
    [HOST_PATH]: hostEndpoint(options),
    [LINK_PATH]: linkEndpoint(options),
    [CONNECT_SUFFIX]: resumableEndpoint(options),
    [RECONNECT_SUFFIX]: returningEndpoint(options),
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const { visitors } = options;
    const { address } = visitors.behind(request);
    const endpoint = endpoints[pathOf(request)];
    const verdict = admit(request, endpoint, options);
    if (endpoint === undefined || 'status' in verdict) {
      if (!('status' in verdict)) return;
      denyUpgrade(request, socket, visitors.answerTo(address, verdict), options.log);
      return;
    }
    // Security: the entry with the secret is never echoed.
    const link = acceptWebSocket(request, socket, head, endpoint);
    verdict(link);
    // Security: a client that was refused by a Close frame takes a visitor's place until it answers that.
    if (link.readyState === OPEN) visitors.letIn(request.socket);
  });
}

function admit(
  request: IncomingMessage,
  endpoint: Endpoint | undefined,
  { lists, token }: UpgradeOptions,
): Denial | ((link: Link) => void) {
  const denial =
    checkRequest(request, lists()) ??
    checkOrigin(request, lists()) ??
    checkProgram(request, token) ??
    upgradeFault(request);
  if (denial) return denial;
  if (endpoint === undefined) return { status: 404, message: `only ${HOST_PATH} and ${LINK_PATH} take WebSockets` };
  const verdict = endpoint.authorize(request);
  if ('status' in verdict || offeredProtocols(request).includes(endpoint.protocol)) return verdict;
  return { status: 400, message: `the subprotocol ${endpoint.protocol} is not offered` };
}

/** A client that is not a page must show the token, whatever else the address requires. */
function checkProgram(request: IncomingMessage, token: string): Denial | undefined {
  if (request.headers.origin !== undefined || isSecret(bearerToken(request), token)) return undefined;
  return { status: 403, message: 'without an Origin only a program with the token is let in' };
}

function hostEndpoint({ token, onHost }: UpgradeOptions): Endpoint {
  return {
    protocol: HOST_PROTOCOL,
    maxPayload: MAX_CONTROL_PAYLOAD,
    deliver: 'messages',
    authorize(request) {
      const given = protocolSecret(request, TOKEN_PREFIX) ?? bearerToken(request);
      return isSecret(given, token)
        ? onHost
        : { status: 401, message: 'wrong token; fetch /relay.json for the one of this launch' };
    },
  };
}

function linkEndpoint(options: UpgradeOptions): Endpoint {
  return {
    protocol: LINK_PROTOCOL,
    maxPayload: MAX_PAYLOAD,
    deliver: 'pieces',
    authorize: (request) => authorizeTicket(request, options, false),
  };
}

function resumableEndpoint(options: UpgradeOptions): Endpoint {
  return {
    protocol: RELAY_PROTOCOL,
    maxPayload: MAX_COMMAND_LENGTH,
    deliver: 'messages',
    authorize: (request) => authorizeTicket(request, options, true),
  };
}

function authorizeTicket(
  request: IncomingMessage,
  { isTicketValid, onLink }: UpgradeOptions,
  isResumable: boolean,
): Denial | ((link: Link) => void) {
  const ticket = protocolSecret(request, TICKET_PREFIX);
  if (ticket === undefined || !isTicketValid(ticket)) {
    return { status: 401, message: 'the ticket is unknown, used or expired' };
  }
  // The ticket is used up only by an upgrade that succeeds, which happens in the same turn.
  return (link) => onLink(link, ticket, isResumable);
}

function returningEndpoint({ sessions, onReturn }: UpgradeOptions): Endpoint {
  return {
    protocol: RELAY_PROTOCOL,
    maxPayload: MAX_COMMAND_LENGTH,
    deliver: 'messages',
    authorize(request) {
      const asked = readResumeRequest(request);
      if ('status' in asked) return asked;
      // A page cannot read the status, so it is told by a Close frame instead.
      if (asked.kind !== 'reconnect' || (!sessions.has(asked.sid) && request.headers.origin === undefined)) {
        return { status: 410, message: 'there is no such session any more' };
      }
      return (link) => onReturn(link, asked.sid, asked.received);
    },
  };
}

/** RFC 6455 §4.2: the relay's two WebSocket addresses, and who is let in to them before anything is upgraded. */
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { denyUpgrade } from '../http/denial.js';
import type { Log } from '../log.js';
import { LINK_OPTIONS, MAX_PAYLOAD } from '../pump.js';
import {
  bearerToken,
  checkOrigin,
  checkRequest,
  isSecret,
  offeredProtocols,
  pathOf,
  protocolSecret,
  TICKET_PREFIX,
  TOKEN_PREFIX,
  type AllowLists,
  type Denial,
} from '../http/access.js';
import { MAX_CONTROL_PAYLOAD } from './limits.js';

export const HOST_PATH = '/host';
export const LINK_PATH = '/link';
export const HOST_PROTOCOL = 'nacre.host.v1';
export const LINK_PROTOCOL = 'nacre.link.v1';

export interface UpgradeOptions {
  readonly lists: AllowLists;
  readonly token: string;
  readonly isTicketValid: (ticket: string) => boolean;
  readonly onHost: (control: WebSocket) => void;
  readonly onLink: (link: WebSocket, ticket: string) => void;
  readonly log: Log;
}

/** What an address asks for, and what becomes of the socket. */
interface Endpoint {
  readonly server: WebSocketServer;
  readonly protocol: string;
  /** The 401, or what to do with the upgraded socket. */
  authorize(request: IncomingMessage): Denial | ((socket: WebSocket) => void);
}

export function serveUpgrades(server: Server, options: UpgradeOptions): void {
  const endpoints: Readonly<Record<string, Endpoint>> = {
    [HOST_PATH]: hostEndpoint(options),
    [LINK_PATH]: linkEndpoint(options),
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const endpoint = endpoints[pathOf(request)];
    const verdict = admit(request, endpoint, options);
    if (endpoint === undefined || 'status' in verdict) {
      if ('status' in verdict) denyUpgrade(request, socket, verdict, options.log);
      return;
    }
    endpoint.server.handleUpgrade(request, socket, head, verdict);
  });
}

function admit(
  request: IncomingMessage,
  endpoint: Endpoint | undefined,
  { lists, token }: UpgradeOptions,
): Denial | ((socket: WebSocket) => void) {
  const denial = checkRequest(request, lists) ?? checkOrigin(request, lists, token);
  if (denial) return denial;
  if (endpoint === undefined) return { status: 404, message: `only ${HOST_PATH} and ${LINK_PATH} take WebSockets` };
  const verdict = endpoint.authorize(request);
  if ('status' in verdict || offeredProtocols(request).includes(endpoint.protocol)) return verdict;
  return { status: 400, message: `the subprotocol ${endpoint.protocol} is not offered` };
}

function hostEndpoint({ token, onHost }: UpgradeOptions): Endpoint {
  return {
    server: createWebSocketServer(HOST_PROTOCOL, MAX_CONTROL_PAYLOAD),
    protocol: HOST_PROTOCOL,
    authorize(request) {
      const given = protocolSecret(request, TOKEN_PREFIX) ?? bearerToken(request);
      return isSecret(given, token)
        ? onHost
        : { status: 401, message: 'wrong token; fetch /relay.json for the one of this launch' };
    },
  };
}

function linkEndpoint({ isTicketValid, onLink }: UpgradeOptions): Endpoint {
  return {
    server: createWebSocketServer(LINK_PROTOCOL, MAX_PAYLOAD),
    protocol: LINK_PROTOCOL,
    authorize(request) {
      const ticket = protocolSecret(request, TICKET_PREFIX);
      if (ticket === undefined || !isTicketValid(ticket)) {
        return { status: 401, message: 'the ticket is unknown, used or expired' };
      }
      // The ticket is used up only by an upgrade that succeeds, which happens in the same turn.
      return (link) => onLink(link, ticket);
    },
  };
}

function createWebSocketServer(protocol: string, maxPayload: number): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    ...LINK_OPTIONS,
    maxPayload,
    // Security: the entry with the secret is never echoed.
    handleProtocols: () => protocol,
  });
}

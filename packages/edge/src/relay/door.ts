/** docs/relay-protocol.md, Who is let in: decided by the Worker, before an object is involved. */
import {
  CONNECT_SUFFIX,
  HOST_PROTOCOL,
  readReconnect,
  RECONNECT_SUFFIX,
  RELAY_PROTOCOL,
  RESUME_HEADER,
  RESUME_VERSION,
  TICKET_PREFIX,
  TOKEN_PREFIX,
  type ControlPeer,
} from 'ssh-bridge/relay-v4';
import { clientAddress, type WorkersRequest } from '../workers/request.js';
import type { Admitted, Errand } from './errand.js';
import type { Denial } from './platform.js';
import { assertToken, isSecret } from './secrets.js';

/** One token for all names, or one for each; nobody is let in under a name without one. */
export type TokenOf = string | ((name: string) => string | undefined | Promise<string | undefined>);

export interface Admission {
  /** Origins of the pages that may host and visit, such as `https://example.org`. */
  readonly origins?: readonly string[];
  readonly hostToken: TokenOf;
  /** null lets everybody reach the login of the host's own server. */
  readonly visitorToken: TokenOf | null;
}

/** The name is a label of a host name (RFC 1123 §2.1), in lower case. */
const PATH = /^\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(\/.*)?$/;
/** The form of our own tickets. */
const TICKET = /^[\w-]{43}$/;
/** Of the same alphabet; other characters could not be passed on in a header field. */
const SID = /^[\w-]{1,128}$/;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/** The parts of a request that matter. */
interface Caller {
  readonly name: string;
  /** After the name. */
  readonly path: string;
  readonly url: URL;
  readonly isPage: boolean;
  readonly offered: readonly string[];
  readonly bearer: string | undefined;
  readonly headers: WorkersRequest['headers'];
  readonly peer: ControlPeer;
}

export async function judge(request: WorkersRequest, admission: Admission): Promise<Admitted | Denial> {
  const url = new URL(request.url);
  const [, name, path = '/'] = PATH.exec(url.pathname) ?? [];
  if (name === undefined) {
    return {
      status: 404,
      message: `a name of lower-case letters, digits and hyphens is missing: try ${url.host}/NAME`,
    };
  }
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired(url, name);
  const foreign = checkOrigin(request, admission.origins ?? []);
  if (foreign !== undefined) return foreign;
  const caller: Caller = {
    name,
    path,
    url,
    isPage: request.headers.get('origin') !== null,
    offered: (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((entry) => entry.trim()),
    bearer: /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1],
    headers: request.headers,
    peer: peerOf(request),
  };
  switch (path) {
    case '/host':
      return admitHost(caller, admission);
    case CONNECT_SUFFIX:
      return secretOf(caller, TICKET_PREFIX) === undefined
        ? admitVisitor(caller, admission)
        : admitLink(caller, admission);
    case RECONNECT_SUFFIX:
      return admitReturn(caller, admission);
    case '/link':
      return {
        status: 400,
        message: `this relay accepts only links that can be resumed: dial ${CONNECT_SUFFIX} instead`,
      };
    case '/':
      return admitVisitor(caller, admission);
    default:
      return { status: 404, message: `there is nothing here; try ${url.host}/${name}` };
  }
}

/** Security: a page needs an allowed origin; a browser must always send one. Clients without an origin show a token. */
function checkOrigin({ headers }: WorkersRequest, origins: readonly string[]): Denial | undefined {
  const origin = headers.get('origin');
  if (origin !== null) {
    return origins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase())
      ? undefined
      : { status: 403, message: 'pages of this origin are not let in; the operator can add it to `origins`' };
  }
  let isBrowser = false;
  headers.forEach((_value, field) => (isBrowser ||= field.toLowerCase().startsWith('sec-fetch-')));
  return isBrowser ? { status: 403, message: 'a browser must send Origin' } : undefined;
}

async function admitHost(caller: Caller, { hostToken }: Admission): Promise<Admitted | Denial> {
  if (!caller.offered.includes(HOST_PROTOCOL)) return notOffered(HOST_PROTOCOL);
  if (!(await shows(caller, hostToken))) return wrongToken('hosts');
  return admitted(caller, { kind: 'host', sshPort: portOf(caller.url) }, HOST_PROTOCOL);
}

async function admitLink(caller: Caller, { hostToken }: Admission): Promise<Admitted | Denial> {
  const ticket = secretOf(caller, TICKET_PREFIX) ?? '';
  if (!caller.offered.includes(RELAY_PROTOCOL)) return notOffered(RELAY_PROTOCOL);
  if (!caller.isPage && !(await shows(caller, hostToken))) return wrongToken('hosts');
  if (!TICKET.test(ticket)) return { status: 401, message: 'the ticket is malformed' };
  return admitted(caller, { kind: 'link', ticket }, RELAY_PROTOCOL);
}

async function admitVisitor(caller: Caller, { visitorToken }: Admission): Promise<Admitted | Denial> {
  const isByHeader = caller.path !== CONNECT_SUFFIX;
  if (isByHeader && caller.headers.get(RESUME_HEADER) !== RESUME_VERSION) {
    const message = 'this relay accepts only links that can be resumed: use ssh-bridge proxy, without --no-resume';
    return { status: 400, message };
  }
  if (!isByHeader && !caller.offered.includes(RELAY_PROTOCOL)) return notOffered(RELAY_PROTOCOL);
  if (visitorToken !== null && !(await shows(caller, visitorToken))) return wrongToken('visitors');
  const { peer } = caller;
  if (!isByHeader) return admitted(caller, { kind: 'visit', peer }, RELAY_PROTOCOL);
  return { name: caller.name, errand: { kind: 'visit', peer }, headers: { [RESUME_HEADER]: RESUME_VERSION } };
}

/** The session id is what counts; a client that is not a page also shows a token, in case the id alone has leaked. */
async function admitReturn(caller: Caller, { hostToken, visitorToken }: Admission): Promise<Admitted | Denial> {
  const { isPage, url } = caller;
  if (!caller.offered.includes(RELAY_PROTOCOL)) return notOffered(RELAY_PROTOCOL);
  const reached = readReconnect(url.searchParams);
  if (reached === undefined || !SID.test(reached.sid)) return { status: 400, message: 'a reconnect needs sid and ack' };
  const isKnown =
    isPage || visitorToken === null || (await shows(caller, visitorToken)) || (await shows(caller, hostToken));
  if (!isKnown) return wrongToken('visitors, and for hosts');
  return admitted(caller, { kind: 'return', ...reached, isPage }, RELAY_PROTOCOL);
}

function admitted({ name }: Caller, errand: Errand, protocol: string): Admitted {
  // Security: the entry with the secret is never echoed.
  return { name, errand, headers: { 'sec-websocket-protocol': protocol } };
}

async function shows(caller: Caller, token: TokenOf): Promise<boolean> {
  const given = caller.bearer ?? secretOf(caller, TOKEN_PREFIX);
  if (typeof token !== 'function') return isSecret(given, token);
  const own = await token(caller.name);
  // Security: an empty token would let in everybody, and a lookup table may return something other than a string.
  if (own !== undefined) assertToken('the token of a name', own);
  return isSecret(given, own);
}

/** The secret that a page carries as a subprotocol entry. */
function secretOf({ offered }: Caller, prefix: string): string | undefined {
  return offered.find((entry) => entry.startsWith(prefix))?.slice(prefix.length);
}

function notOffered(protocol: string): Denial {
  return { status: 400, message: `the subprotocol ${protocol} is not offered` };
}

function wrongToken(whose: string): Denial {
  return { status: 401, message: `this is not the token for ${whose} here; ask the operator for it` };
}

function upgradeRequired({ protocol, host }: URL, name: string): Denial {
  const address = `${protocol === 'http:' ? 'ws' : 'wss'}://${host}/${name}`;
  const message = `this address is for WebSockets: ssh -o ProxyCommand='ssh-bridge proxy ${address}' USER@${name}`;
  return { status: 426, message };
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'http:' ? HTTP_PORT : HTTPS_PORT) : Number(port);
}

function peerOf(request: WorkersRequest): ControlPeer {
  const address = clientAddress(request);
  return address === undefined ? {} : { address };
}

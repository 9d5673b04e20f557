/** A link that was let in: its target is resolved, checked and dialled; from then on bytes are only copied. */
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { BridgeError } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import { endWhenSilent } from '../heartbeat.js';
import type { Log } from '../log.js';
import { formatDestination, type Destination } from '../net/destination.js';
import type { Visitor } from '../net/visitors.js';
import type { LinkEnd } from '../link-end.js';
import { pump, socketStream } from '../pump.js';
import type { Sessions } from '../resume/sessions.js';
import { CLOSE } from '../websocket/close-codes.js';
import { closeWith } from '../websocket/close-with.js';
import { OPEN, type Link } from '../websocket/link.js';
import { connectTo } from './connect.js';
import type { LinkCounter } from './link-counter.js';
import { resolveAllowed, resolveFixed, type DestinationPolicy, type Resolver } from './resolve.js';
import type { Route } from './route.js';

export interface GatewayOptions {
  readonly resolver: Resolver;
  /** Called for each link, as a reload changes the policy. */
  readonly policy: () => DestinationPolicy;
  /** Tells the target who the visitor is, before anything else (PROXY protocol). */
  readonly preface: ((visitor: Visitor, socket: Socket) => Buffer) | undefined;
  readonly links: LinkCounter;
  readonly log: Log;
  readonly sessions: Sessions;
  /** Ends every link when it aborts. */
  readonly signal: AbortSignal;
}

export interface Caller {
  readonly visitor: Visitor;
  readonly route: Route;
  /** Bytes that came before the target was connected. */
  readonly early?: readonly Buffer[];
  /** Whether the stream may go on over another link when this one breaks (SSH Relay v4). */
  readonly isResumable?: boolean;
}

/** Carries a link, given paused, to its end. Never rejects. */
export async function carry(link: Link, caller: Caller, options: GatewayOptions): Promise<void> {
  const { visitor, route } = caller;
  const { log, links } = options;
  const fields = { client: visitor.address, target: formatDestination(route.destination) };
  link.on('error', () => undefined);
  endWhenSilent(link);
  try {
    const socket = await reach(route, options);
    if (link.readyState !== OPEN) {
      socket.destroy();
      return;
    }
    if (options.preface) socket.write(options.preface(visitor, socket));
    for (const bytes of caller.early ?? []) socket.write(bytes);
    log('info', 'link-opened', `${fields.client} connected to ${fields.target}`, fields);
    const end = await (caller.isResumable ? carryResumable : carryOnce)(link, socket, options);
    log('info', 'link-closed', `${fields.client} ended: ${end.how}`, { ...fields, how: end.how });
  } catch (error) {
    const refused = error instanceof BridgeError && error.exitCode === EXIT.notAllowed;
    const message = error instanceof Error ? error.message : String(error);
    links.refuse(refused ? 'policy' : 'target');
    log('warn', refused ? 'target-refused' : 'target-failed', message, fields);
    closeWith(link, refused ? CLOSE.policyViolation : CLOSE.internalError, message);
  }
}

async function carryOnce(link: Link, socket: Socket, { links, signal }: GatewayOptions): Promise<LinkEnd> {
  const ended = links.add(link, socket);
  const end = await pump(link, socketStream(socket), signal);
  ended(end.how);
  return end;
}

async function carryResumable(
  link: Link,
  socket: Socket,
  { links, sessions, signal }: GatewayOptions,
): Promise<LinkEnd> {
  // Closing the target ends the session, whichever link it has by then.
  const ended = links.add({ close: (_code, reason) => socket.destroy(new Error(reason)) }, socket);
  const end = await sessions.carry(link, socketStream(socket), signal);
  ended(end.how);
  return end;
}

/** Security: a fixed target may be anywhere; a named one only where the policy allows. */
async function reach(route: Route, { resolver, policy, signal }: GatewayOptions): Promise<Socket> {
  const { destination } = route;
  return connectTo(destination, await addressesOf(destination, route.kind === 'named'), signal);

  async function addressesOf(to: Destination, isNamed: boolean): Promise<readonly string[]> {
    if (to.kind === 'unix') return [];
    if (isNamed) return resolveAllowed(to, policy(), resolver);
    return isIP(to.host) === 0 ? resolveFixed(to, resolver) : [to.host];
  }
}

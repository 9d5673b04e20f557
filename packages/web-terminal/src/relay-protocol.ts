/** docs/relay-protocol.md: the control messages of a relay, as the tab reads them. */
import type { Peer } from '@nacre/core';
import { HOST_PROTOCOL, TICKET_PREFIX, TOKEN_PREFIX } from 'ssh-bridge/relay-v4';

/** Paths of links, relative to the control WebSocket's: plain links, and those that can be resumed (SSH Relay v4). */
export const LINK_NAME = 'link';
export const RESUMABLE_NAME = 'v4/connect';
/** The subprotocols of the control and the link WebSockets; a second entry carries the secret. */
export const hostProtocols = (token: string): string[] => [HOST_PROTOCOL, `${TOKEN_PREFIX}${token}`];
export const ticketProtocol = (ticket: string): string => `${TICKET_PREFIX}${ticket}`;
export const linkProtocols = (ticket: string): string[] => ['nacre.link.v1', ticketProtocol(ticket)];

/** Links of one tab, as the relay counts them. */
export const MAXIMUM_LINKS = 200;

export type ControlMessage =
  | { readonly type: 'registered'; readonly sshPort: number; readonly canResume: boolean }
  | { readonly type: 'connection'; readonly ticket: string; readonly peer: Peer };

/** Both secrets: 256 bits as base64url. */
const SECRET = /^[\w-]{43}$/;
const MAXIMUM_PORT = 65_535;
/** IPv4, or IPv6 with an optional zone; contains nothing that a page could mistake for anything else. */
const ADDRESS = /^[0-9a-fA-F:.]{1,45}(%[\w.-]{1,32})?$/;

/** Parses one frame; undefined if its type is unknown to this version, or if it is malformed. */
export function parseControlMessage(frame: unknown): ControlMessage | undefined {
  if (typeof frame !== 'string') return undefined;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (!isObject(message)) return undefined;
  const { type, sshPort, ticket, peer, resume } = message;
  if (type === 'registered') return isPort(sshPort) ? { type, sshPort, canResume: resume === 'v4' } : undefined;
  if (type !== 'connection' || typeof ticket !== 'string' || !SECRET.test(ticket)) return undefined;
  return { type, ticket, peer: parsePeer(peer) };
}

function parsePeer(value: unknown): Peer {
  if (!isObject(value)) return {};
  const { address, port } = value;
  return {
    ...(typeof address === 'string' && ADDRESS.test(address) ? { remoteAddress: address } : {}),
    ...(isPort(port) ? { remotePort: port } : {}),
  };
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAXIMUM_PORT;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** docs/relay-protocol.md: the names that a relay, its hosts and their visitors share, on every runtime. */

/** RFC 6455 §1.9: the subprotocol of a control WebSocket. */
export const HOST_PROTOCOL = 'nacre.host.v1';
/** Entries of Sec-WebSocket-Protocol that carry a secret begin with these. */
export const TOKEN_PREFIX = 'nacre.token.';
export const TICKET_PREFIX = 'nacre.ticket.';

/** Sent by both sides at a plain address to agree on SSH Relay v4; other implementations ignore it. */
export const RESUME_HEADER = 'ssh-bridge-resume';
export const RESUME_VERSION = 'v4';

/** Close code of a control WebSocket: another host registered. */
export const CLOSE_REPLACED = 4001;

/** Who an ssh client is, as far as the relay knows. */
export interface ControlPeer {
  readonly address?: string;
  readonly port?: number;
}

/** What a relay sends on a control WebSocket; `linkTimeout` in ms. */
export type ControlMessage =
  | {
      readonly type: 'registered';
      readonly sshPort: number;
      readonly linkTimeout: number;
      readonly maxLinks: number;
      readonly resume: 'v4';
    }
  | { readonly type: 'connection'; readonly ticket: string; readonly peer: ControlPeer };

/** The session and position of a client, from the query of `/v4/reconnect`; undefined if malformed. */
export function readReconnect(words: URLSearchParams): { readonly sid: string; readonly received: number } | undefined {
  const sid = words.get('sid') ?? '';
  const ack = words.get('ack') ?? '';
  const received = /^\d{1,16}$/.test(ack) ? Number(ack) : Number.NaN;
  return sid !== '' && Number.isSafeInteger(received) ? { sid, received } : undefined;
}

/** Traces: what a peer sends, as log records of priority 7. For the hook `message`: `hooks: { message: trace('requests') }`. */
import { connectionMessages } from '../../connection/messages.js';
import { transportMessages } from '../../transport/messages.js';
import { SSH_MSG_USERAUTH_REQUEST } from '../../userauth/messages.js';
import type { Hooks, MessageContext } from '../hooks.js';
import { printable } from '../../wire/printable.js';

/** How much is traced: key exchanges; also requests, by kind; or every message. Each level includes the previous ones. */
export type TraceLevel = 'exchanges' | 'requests' | 'messages';

type MessageHook = NonNullable<Hooks['message']>;

const DEBUG = 7;
/** Other numbers belong to the current key exchange or dialogue. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries({ ...transportMessages, ...connectionMessages, SSH_MSG_USERAUTH_REQUEST }).map(([name, row]) => [
    row.number,
    name,
  ]),
);
const KEXINIT = transportMessages.SSH_MSG_KEXINIT.number;
const NEWKEYS = transportMessages.SSH_MSG_NEWKEYS.number;
const REQUESTS: ReadonlySet<number> = new Set(
  [
    SSH_MSG_USERAUTH_REQUEST,
    connectionMessages.SSH_MSG_GLOBAL_REQUEST,
    connectionMessages.SSH_MSG_CHANNEL_OPEN,
    connectionMessages.SSH_MSG_CHANNEL_REQUEST,
  ].map((row) => row.number),
);
const MAXIMUM_VALUE = 64;

/**
 * Security: the only fields that a trace shows. Passwords, commands, data and the kind-specific parts of requests are
 * not among them.
 */
const SHOWN = [
  'serviceName',
  'userName',
  'methodName',
  'channelType',
  'requestName',
  'requestType',
  'recipientChannel',
  'senderChannel',
  'wantReply',
  'bytesToAdd',
  'reasonCode',
] as const;

/** `next` is the application's own hook, which decides as if there were no trace. */
export function trace(level: TraceLevel, next?: MessageHook): MessageHook {
  return (context) => {
    if (level === 'messages' || (level === 'requests' && isRequest(context))) report(context);
    if (context.number === KEXINIT || context.number === NEWKEYS) reportExchange(context);
    return next?.(context);
  };
}

function isRequest({ kind, number }: MessageContext): boolean {
  return kind === 'service' || REQUESTS.has(number);
}

function report({ connection, kind, number, fields }: MessageContext): void {
  const shown = SHOWN.flatMap((name) => (name in fields ? [[name, short(fields[name])] as const] : []));
  const name = NAMES.get(number) ?? `${kind === 'transport' ? 'key exchange' : kind} message ${number}`;
  connection.log(DEBUG, 'trace', name, Object.fromEntries(shown));
}

/** RFC 4253 §7: the start and the end of a key exchange; by the end the agreed algorithms are known. */
function reportExchange({ connection, number }: MessageContext): void {
  const { negotiated } = connection;
  const names =
    number === NEWKEYS && negotiated
      ? {
          keyExchange: negotiated.keyExchange,
          hostKey: negotiated.hostKey,
          cipherIn: negotiated.clientToServer.cipher,
          cipherOut: negotiated.serverToClient.cipher,
        }
      : {};
  connection.log(DEBUG, 'trace', number === NEWKEYS ? 'key exchange ended' : 'key exchange began', names);
}

function short(value: unknown): string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' ? value : printable(String(value), MAXIMUM_VALUE);
}

/** What the hook `message` sees of incoming messages, and what it can do with them. */
import {
  ChannelOpenReason,
  connectionMessages,
  SSH_MSG_CHANNEL_FAILURE,
  SSH_MSG_CHANNEL_OPEN_FAILURE,
  SSH_MSG_REQUEST_FAILURE,
} from '../connection/messages.js';
import { ConfigurationError } from '../errors.js';
import { transportMessages } from '../transport/messages.js';
import { SSH_MSG_USERAUTH_FAILURE, SSH_MSG_USERAUTH_REQUEST, SSH_MSG_USERAUTH_SUCCESS } from '../userauth/messages.js';
import type { Message } from '../wire/message.js';
import { showThrown } from '../wire/printable.js';
import type { LiveConnection } from './connection.js';
import { isGranted, isRejected } from './hook-runner.js';
import type { Hooks, MessageContext, MessageKind } from './hooks.js';

/** The first message that can be answered, and the last that belongs to a layer above the transport. */
const FIRST = 50;
const LAST = 127;

const MESSAGES: ReadonlyMap<number, Message> = new Map(
  [...Object.values({ ...transportMessages, ...connectionMessages }), SSH_MSG_USERAUTH_REQUEST].map((row) => [
    row.number,
    row as Message,
  ]),
);

/** Shows incoming messages to the hook. The returned function is true if the hook handled a message, if the engine lets it. */
export function messageTap(
  hook: NonNullable<Hooks['message']>,
  connection: LiveConnection,
): (payload: Uint8Array) => boolean {
  const send = (payload: Uint8Array): void => {
    const { engine } = connection;
    engine?.guard(() => engine.transport.sendPayload(payload));
    engine?.pump();
  };
  return (payload) => {
    const number = payload[0]!;
    const fields = decode(payload);
    const reply = (answer: Uint8Array): void => {
      const to = answer[0] ?? 0;
      // Security: nothing sent here may make a client believe that it is logged in.
      if (to < FIRST || to > LAST || to === SSH_MSG_USERAUTH_SUCCESS.number)
        throw new ConfigurationError(`the hook "message" may not send message ${to}`);
      send(answer.slice());
    };
    try {
      const answer: unknown = hook({ connection, kind: kindOf(number), number, fields, reply });
      if (answer instanceof Promise) answer.catch(() => undefined);
      if (isGranted(answer)) return answer !== undefined && answer !== null;
      // Security: a promise, or anything that reads like a refusal, must not count as no opinion.
      if (!isRejected(answer)) throw new ConfigurationError('it gave neither accept, reject(reason) nor nothing');
    } catch (error) {
      connection.log(4, 'server', 'a hook failed', { hook: 'message', error: showThrown(error) });
    }
    if (number < FIRST) return false;
    const refusal = refusalOf(number, fields);
    if (refusal !== undefined) send(refusal);
    return true;
  };
}

/** A message that cannot be decoded is shown without fields; its handler will report the error. */
function decode(payload: Uint8Array): MessageContext['fields'] {
  try {
    return MESSAGES.get(payload[0]!)?.decode(payload) ?? {};
  } catch {
    return {};
  }
}

function kindOf(number: number): MessageKind {
  if (number === transportMessages.SSH_MSG_SERVICE_REQUEST.number) return 'service';
  if (number < FIRST || number > LAST) return 'transport';
  if (number < connectionMessages.SSH_MSG_GLOBAL_REQUEST.number) return 'auth';
  if (number < connectionMessages.SSH_MSG_CHANNEL_OPEN.number) return 'global';
  return number === connectionMessages.SSH_MSG_CHANNEL_OPEN.number ? 'open' : 'channel';
}

/** The refusal that fits the request; undefined if none was asked for. */
function refusalOf(number: number, fields: MessageContext['fields']): Uint8Array | undefined {
  const channel = fields['recipientChannel'] as number;
  switch (number) {
    case SSH_MSG_USERAUTH_REQUEST.number:
      return SSH_MSG_USERAUTH_FAILURE.encode({ authenticationsThatCanContinue: [], partialSuccess: false });
    case connectionMessages.SSH_MSG_CHANNEL_OPEN.number:
      return SSH_MSG_CHANNEL_OPEN_FAILURE.encode({
        recipientChannel: fields['senderChannel'] as number,
        reasonCode: ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED,
        description: 'refused',
        languageTag: '',
      });
    case connectionMessages.SSH_MSG_GLOBAL_REQUEST.number:
      return fields['wantReply'] === true ? SSH_MSG_REQUEST_FAILURE.encode({}) : undefined;
    case connectionMessages.SSH_MSG_CHANNEL_REQUEST.number:
      return fields['wantReply'] === true ? SSH_MSG_CHANNEL_FAILURE.encode({ recipientChannel: channel }) : undefined;
    default:
      return undefined;
  }
}

/** RFC 4254 §9: the messages of the connection protocol. */
import { boolean, looseText, rest, string, text, uint32 } from '../wire/fields.js';
import { message } from '../wire/message.js';
import type { Writer } from '../wire/writer.js';

export const SSH_MSG_GLOBAL_REQUEST = message(80, { requestName: text, wantReply: boolean, requestFields: rest });
export const SSH_MSG_REQUEST_SUCCESS = message(81, { responseFields: rest });
export const SSH_MSG_REQUEST_FAILURE = message(82, {});
export const SSH_MSG_CHANNEL_OPEN = message(90, {
  channelType: text,
  senderChannel: uint32,
  initialWindowSize: uint32,
  maximumPacketSize: uint32,
  channelFields: rest,
});
export const SSH_MSG_CHANNEL_OPEN_CONFIRMATION = message(91, {
  recipientChannel: uint32,
  senderChannel: uint32,
  initialWindowSize: uint32,
  maximumPacketSize: uint32,
  channelFields: rest,
});
export const SSH_MSG_CHANNEL_OPEN_FAILURE = message(92, {
  recipientChannel: uint32,
  reasonCode: uint32,
  description: looseText,
  languageTag: looseText,
});
export const SSH_MSG_CHANNEL_WINDOW_ADJUST = message(93, { recipientChannel: uint32, bytesToAdd: uint32 });
export const SSH_MSG_CHANNEL_DATA = message(94, { recipientChannel: uint32, data: string });
export const SSH_MSG_CHANNEL_EXTENDED_DATA = message(95, {
  recipientChannel: uint32,
  dataTypeCode: uint32,
  data: string,
});
export const SSH_MSG_CHANNEL_EOF = message(96, { recipientChannel: uint32 });
export const SSH_MSG_CHANNEL_CLOSE = message(97, { recipientChannel: uint32 });
export const SSH_MSG_CHANNEL_REQUEST = message(98, {
  recipientChannel: uint32,
  requestType: text,
  wantReply: boolean,
  requestFields: rest,
});
export const SSH_MSG_CHANNEL_SUCCESS = message(99, { recipientChannel: uint32 });
export const SSH_MSG_CHANNEL_FAILURE = message(100, { recipientChannel: uint32 });

export const connectionMessages = {
  SSH_MSG_GLOBAL_REQUEST,
  SSH_MSG_REQUEST_SUCCESS,
  SSH_MSG_REQUEST_FAILURE,
  SSH_MSG_CHANNEL_OPEN,
  SSH_MSG_CHANNEL_OPEN_CONFIRMATION,
  SSH_MSG_CHANNEL_OPEN_FAILURE,
  SSH_MSG_CHANNEL_WINDOW_ADJUST,
  SSH_MSG_CHANNEL_DATA,
  SSH_MSG_CHANNEL_EXTENDED_DATA,
  SSH_MSG_CHANNEL_EOF,
  SSH_MSG_CHANNEL_CLOSE,
  SSH_MSG_CHANNEL_REQUEST,
  SSH_MSG_CHANNEL_SUCCESS,
  SSH_MSG_CHANNEL_FAILURE,
};

/** RFC 4254 §5.2: data of a channel, or extended data if `code` is not 0. */
export function writeChannelData(writer: Writer, recipientChannel: number, data: Uint8Array, code: number): void {
  if (code === 0) SSH_MSG_CHANNEL_DATA.write(writer, { recipientChannel, data });
  else SSH_MSG_CHANNEL_EXTENDED_DATA.write(writer, { recipientChannel, dataTypeCode: code, data });
}

/** RFC 4254 §5.1: reason codes of SSH_MSG_CHANNEL_OPEN_FAILURE. */
export const ChannelOpenReason = {
  ADMINISTRATIVELY_PROHIBITED: 1,
  CONNECT_FAILED: 2,
  UNKNOWN_CHANNEL_TYPE: 3,
  RESOURCE_SHORTAGE: 4,
} as const;

/** RFC 4254 §5.2: the only registered type of extended data. */
export const SSH_EXTENDED_DATA_STDERR = 1;

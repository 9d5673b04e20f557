/** RFC 4254 §5: the channels of a connection share the transport's room. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import type { Channel, ChannelOwner } from './channel.js';
import { DEFAULT_CONNECTION_LIMITS } from './limits.js';
import { SSH_MSG_CHANNEL_OPEN, SSH_MSG_CHANNEL_OPEN_CONFIRMATION, SSH_MSG_CHANNEL_OPEN_FAILURE } from './messages.js';
import { Multiplexer, type MultiplexerEvents } from './multiplexer.js';

const EMPTY = new Uint8Array(0);

test('channels take turns, however little room there is at a time', () => {
  const sent: number[] = [];
  let room = 0;
  const channels: Channel[] = [];
  const port = {
    sendPayload: () => undefined,
    sendData: (remoteId: number) => {
      sent.push(remoteId);
      room -= 1;
    },
    hasRoom: () => room > 0,
    guard: (work: () => void) => work(),
  };
  const owner: ChannelOwner = {
    data: () => undefined,
    eof: () => undefined,
    request: () => undefined,
    drained: () => undefined,
    closed: () => undefined,
    snapshot: () => EMPTY,
  };
  const events: MultiplexerEvents = {
    open: (incoming) => {
      incoming.accept((channel) => {
        channels.push(channel);
        return owner;
      });
      return undefined;
    },
    globalRequest: () => undefined,
  };
  const multiplexer = new Multiplexer(port, events, DEFAULT_CONNECTION_LIMITS);
  for (const senderChannel of [7, 8, 9]) {
    const sizes = { initialWindowSize: 1 << 20, maximumPacketSize: 1024 };
    const fields = { channelType: 'session', senderChannel, ...sizes, channelFields: EMPTY };
    multiplexer.handle(SSH_MSG_CHANNEL_OPEN.encode(fields));
  }
  for (const channel of channels) channel.write(new Uint8Array(4096));
  for (let turn = 0; turn < 6; turn += 1) {
    room = 1;
    multiplexer.pump();
  }
  expect(sent).toEqual([7, 8, 9, 7, 8, 9]);
});

test('§5.1: a peer cannot confirm or refuse the channel that it asks for itself', () => {
  const port = { sendPayload: () => undefined, sendData: () => undefined, hasRoom: () => true, guard: () => undefined };
  // The application has not decided yet.
  const events: MultiplexerEvents = { open: () => undefined, globalRequest: () => undefined };
  const multiplexer = new Multiplexer(port, events, DEFAULT_CONNECTION_LIMITS);
  const sizes = { senderChannel: 7, initialWindowSize: 1024, maximumPacketSize: 1024, channelFields: EMPTY };
  multiplexer.handle(SSH_MSG_CHANNEL_OPEN.encode({ channelType: 'session', ...sizes }));
  const refusal = { recipientChannel: 0, reasonCode: 1, description: '', languageTag: '' };
  for (const payload of [
    SSH_MSG_CHANNEL_OPEN_CONFIRMATION.encode({ recipientChannel: 0, ...sizes }),
    SSH_MSG_CHANNEL_OPEN_FAILURE.encode(refusal),
  ])
    expect(() => multiplexer.handle(payload)).toThrow(new ProtocolError('channel 0 is not being opened'));
  expect([multiplexer.channels, multiplexer.isWaiting]).toEqual([[], true]);
});

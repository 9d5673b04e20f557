/** RFC 4254 §5.3: what a channel's owner is told if the connection ends first. */
import { expect, test } from 'vitest';
import { Channel, type ChannelPort } from './channel.js';

const port: ChannelPort = {
  send: () => undefined,
  sendData: () => undefined,
  ready: (channel) => void channel.flush(),
  finished: () => undefined,
  guard: (work) => work(),
};

test.each<[string, boolean, (channel: Channel) => void]>([
  ['the peer had said nothing', true, () => undefined],
  ['the peer had sent data', true, (channel) => channel.receiveData(Uint8Array.of(1), 0)],
  ['this side had sent EOF', true, (channel) => channel.sendEof()],
  ['the peer had sent EOF', false, (channel) => channel.receiveEof()],
  ['the peer had sent CLOSE without EOF', false, (channel) => channel.receiveClose()],
  ['this side had closed, and wants nothing more', false, (channel) => channel.close()],
])('%s: cut short is %s', (_what, isCutShort, act) => {
  const sizes = { sendWindow: 100, remoteMaximumPacketSize: 100, receiveWindow: 100 };
  const channel = new Channel(port, { localId: 0, remoteId: 0, type: 'session', ...sizes });
  const told: unknown[] = [];
  channel.owner = {
    data: () => undefined,
    eof: () => void told.push('eof') as undefined,
    request: () => undefined,
    drained: () => undefined,
    closed: (error) => void told.push(error) as undefined,
    snapshot: () => new Uint8Array(0),
  };
  act(channel);
  const error = new Error('the connection broke');
  channel.abort(error);
  expect(told.filter((event) => event !== 'eof')).toEqual([isCutShort ? error : undefined]);
});

test('a request that wants a reply waits behind what was queued before it', () => {
  const sent: string[] = [];
  const held: ChannelPort = {
    ...port,
    send: (message, values) => void sent.push(`${message.number} ${JSON.stringify(values)}`),
    // The transport has no room.
    ready: () => undefined,
  };
  const sizes = { sendWindow: 100, remoteMaximumPacketSize: 100, receiveWindow: 100 };
  const channel = new Channel(held, { localId: 0, remoteId: 0, type: 'session', ...sizes });
  const replies: boolean[] = [];
  channel.request('env', new Uint8Array(0));
  channel.request('exec', new Uint8Array(0), (success) => void replies.push(success) as undefined);
  expect([sent, channel.isWaiting]).toEqual([[], true]);
  while (channel.flush());
  const request = (requestType: string, wantReply: boolean): string =>
    `98 ${JSON.stringify({ recipientChannel: 0, requestType, wantReply, requestFields: new Uint8Array(0) })}`;
  expect(sent).toEqual([request('env', false), request('exec', true)]);
  channel.receiveReply(true);
  expect(replies).toEqual([true]);
});

test('a connection that ends while a channel sends leaves nothing queued: nobody waits for it', () => {
  const told: string[] = [];
  const sizes = { sendWindow: 10, remoteMaximumPacketSize: 100, receiveWindow: 100 };
  const failing: ChannelPort = { ...port, sendData: () => channel.abort(new Error('the connection broke')) };
  const channel: Channel = new Channel(failing, { localId: 0, remoteId: 0, type: 'session', ...sizes });
  channel.owner = {
    data: () => undefined,
    eof: () => undefined,
    request: () => undefined,
    drained: () => undefined,
    closed: () => void told.push('closed') as undefined,
    snapshot: () => new Uint8Array(0),
  };
  channel.write(new Uint8Array(20));
  expect([channel.queued, channel.isWritable, channel.flush(), told]).toEqual([0, false, false, ['closed']]);
});

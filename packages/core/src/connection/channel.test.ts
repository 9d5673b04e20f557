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

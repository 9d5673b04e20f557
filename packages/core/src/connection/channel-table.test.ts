/** RFC 4254 §5: channel numbers are assigned, and freed again. */
import { expect, test } from 'vitest';
import { Channel, type ChannelPort } from './channel.js';
import { ChannelTable } from './channel-table.js';

const port: ChannelPort = {
  send: () => undefined,
  sendData: () => undefined,
  ready: () => undefined,
  finished: () => undefined,
  guard: (work) => work(),
};

function channel(localId: number): Channel {
  const sizes = { sendWindow: 1, remoteMaximumPacketSize: 1, receiveWindow: 10 };
  return new Channel(port, { localId, remoteId: 7, type: 'session', ...sizes });
}

test('the lowest number that neither a channel nor one that is being opened has is given out', () => {
  const table = new ChannelTable<{ readonly window: number }>();
  const [first, second] = [{ window: 1 }, { window: 2 }];
  expect([table.begin(first), table.begin(second)]).toEqual([0, 1]);
  expect(table.end(0, first)).toBe(true);
  table.set(channel(0));
  expect(table.begin({ window: 3 })).toBe(2);
  table.delete(channel(0));
  expect(table.begin({ window: 4 })).toBe(0);
});

test('a number that was taken back is not taken from who has it now', () => {
  const table = new ChannelTable<{ readonly window: number }>();
  const [first, second] = [{ window: 1 }, { window: 2 }];
  table.begin(first);
  table.end(0, first);
  table.begin(second);
  expect(table.end(0, first)).toBe(false);
  expect(table.opening(0)).toBe(second);
});

test('it is full where so many numbers are in use, open or not', () => {
  const table = new ChannelTable<{ readonly window: number }>();
  table.set(channel(table.begin({ window: 0 })));
  expect([table.isFull(1), table.isFull(2)]).toEqual([true, false]);
  table.begin({ window: 0 });
  expect(table.isFull(2)).toBe(true);
});

test('credit is what open channels may still be sent, and what those being opened will be', () => {
  const table = new ChannelTable<{ readonly window: number }>();
  table.begin({ window: 5 });
  table.set(channel(1));
  expect(table.credit).toBe(15);
});

test('all that are being opened are taken back at once, and open ones stay', () => {
  const table = new ChannelTable<{ readonly window: number }>();
  table.set(channel(0));
  table.begin({ window: 5 });
  expect(table.isOpening).toBe(true);
  expect(table.endAll()).toEqual([{ window: 5 }]);
  expect([table.isOpening, table.open.length]).toEqual([false, 1]);
});

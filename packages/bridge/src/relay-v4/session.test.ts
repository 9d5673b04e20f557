/** A session of SSH Relay v4 over a link and a clock that the test plays: what waits, and what ends with it. */
import { expect, test } from 'vitest';
import { playSession, type PlayedSession } from '../testing/played-session.js';
import { testClock } from '../testing/simulated-link.js';
import type { Schedule } from './clock.js';
import { encodeAck, encodeConnectSuccess, encodeData } from './commands.js';
import type { Attachment, SessionOptions } from './session.js';

const ACK_LENGTH = 64 * 1024;
const ACK_DELAY = 250;
const SILENCE = 30_000;

interface Played extends PlayedSession {
  readonly clock: ReturnType<typeof testClock>;
  /** Timers that are running. */
  readonly timers: Set<object>;
}

function play(attachment: Attachment = {}, options: Partial<SessionOptions> = {}): Played {
  const clock = testClock();
  const timers = new Set<object>();
  const schedule: Schedule = (delay, callback) => {
    const timer = {};
    timers.add(timer);
    const cancel = clock.schedule(delay, () => (timers.delete(timer), callback()));
    return () => (timers.delete(timer), cancel());
  };
  return { clock, timers, ...playSession({}, attachment, { schedule, ...options }) };
}

test('Security: a peer that sends and never reads gets no acknowledgements until it has read those before', () => {
  const { peer, link, clock } = play();
  link.bufferedAmount = 128 * 1024 + 1;
  peer.message(encodeData(new Uint8Array(ACK_LENGTH)));
  peer.message(encodeData(new Uint8Array(ACK_LENGTH)));
  clock.advance(10 * ACK_DELAY);
  expect(link.sent).toEqual([]);
  link.bufferedAmount = 128 * 1024;
  clock.advance(ACK_DELAY);
  expect(link.sent).toEqual([encodeAck(2 * ACK_LENGTH)]);
});

test.each([
  ['fails', ({ session }: Played) => session.fail(new Error('stopped'))],
  ['is closed by its peer', ({ peer }: Played) => peer.closed(1000, '')],
  ['is cut off by its peer', ({ peer }: Played) => peer.closed(4000, '')],
])('a session that %s leaves no timer running', async (_how, end) => {
  const played = play({}, { silence: SILENCE });
  played.peer.message(encodeData(new Uint8Array(1)));
  played.stream.data(new Uint8Array(1));
  expect(played.timers.size).toBe(2);
  end(played);
  await played.session.ended;
  expect(played.timers.size).toBe(0);
});

test('a link that carried an acknowledgement is given up as early as the first one again', () => {
  const { session, stream, peer, link, clock } = play({}, { silence: SILENCE });
  const message = (): void => stream.data(new Uint8Array(1));
  message();
  clock.advance(SILENCE);
  expect(link.ends).toEqual(['terminate']);
  peer.message(encodeAck(1));
  message();
  clock.advance(SILENCE - 1);
  expect(link.ends).toHaveLength(1);
  clock.advance(1);
  expect(link.ends).toHaveLength(2);
  expect(session.isEnded).toBe(false);
});

test.each(['', 'a b', 'a\r\nb', 'é', 'x'.repeat(1025)])(
  'Security: a session id that does not fit into a URL is refused: %j',
  async (sid) => {
    const { session, peer, link } = play({ expects: 'CONNECT_SUCCESS' });
    peer.message(encodeConnectSuccess(sid));
    expect(await session.ended).toMatchObject({ how: 'failed', error: { name: 'ResumeFault' } });
    expect(link.ends).toEqual(['close 1002']);
  },
);

/** A session of SSH Relay v4 over a link and a clock that the test plays: what waits, and what ends with it. */
import { expect, test } from 'vitest';
import { testClock } from '../testing/simulated-link.js';
import { encodeAck, encodeConnectSuccess, encodeData } from './commands.js';
import type { LinkReceiver, MessageLink, StreamReceiver } from './ends.js';
import { ResumableSession, type Attachment, type SessionOptions } from './session.js';

const ACK_LENGTH = 64 * 1024;
const ACK_DELAY = 250;
const SILENCE = 30_000;

interface Played {
  readonly session: ResumableSession;
  readonly clock: ReturnType<typeof testClock>;
  /** Timers that are running. */
  readonly timers: Set<object>;
  readonly link: { bufferedAmount: number; sent: Uint8Array[]; ends: string[] };
  readonly stream: StreamReceiver;
  /** The far end of the link. */
  readonly peer: LinkReceiver;
}

function play(attachment: Attachment = {}, options: Partial<SessionOptions> = {}): Played {
  const clock = testClock();
  const timers = new Set<object>();
  const ends: { stream?: StreamReceiver; peer?: LinkReceiver } = {};
  const nothing = (): void => undefined;
  const link = { bufferedAmount: 0, sent: [] as Uint8Array[], ends: [] as string[] };
  const messageLink: MessageLink = {
    isOpen: true,
    get bufferedAmount() {
      return link.bufferedAmount;
    },
    listen: (receiver) => void (ends.peer = receiver),
    send: (commands) => void link.sent.push(...commands),
    close: (code) => void link.ends.push(`close ${code}`),
    terminate: () => void link.ends.push('terminate'),
    pause: nothing,
    resume: nothing,
  };
  const stream = {
    listen: (receiver: StreamReceiver) => void (ends.stream = receiver),
    deliver: () => true,
    pause: nothing,
    resume: nothing,
    finish: () => Promise.resolve(),
    abort: nothing,
  };
  const session = new ResumableSession(stream, {
    onLost: nothing,
    schedule(delay, callback) {
      const timer = {};
      timers.add(timer);
      const cancel = clock.schedule(delay, () => (timers.delete(timer), callback()));
      return () => (timers.delete(timer), cancel());
    },
    ...options,
  });
  session.attach(messageLink, attachment);
  if (ends.stream === undefined || ends.peer === undefined) throw new Error('nobody listens');
  return { session, clock, timers, link, stream: ends.stream, peer: ends.peer };
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

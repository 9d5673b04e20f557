/** What a tab's server tells its page of the visitors' sessions: no more than the page can draw. */
import type { Session } from '@nacre/core';
import type { SessionTap, WatchedSize } from '@nacre/web-terminal';
import { expect, test } from 'vitest';
import { WatchedSessions } from '../packages/web-terminal/app/host/watched-sessions.js';
import type { WorkerMessage } from '../packages/web-terminal/app/host/worker-protocol.js';

/** A watched session whose visitor changes the size of the window by `resize`. */
function watched(): {
  readonly sessions: WatchedSessions;
  readonly posted: readonly WorkerMessage[];
  readonly resize: (columns: number) => void;
  readonly leave: () => void;
} {
  const posted: WorkerMessage[] = [];
  const sessions = new WatchedSessions((message) => posted.push(message));
  const closing = new AbortController();
  const session = {
    user: 'guest',
    request: { type: 'shell' },
    connection: { peer: {}, identification: undefined },
    closed: closing.signal,
  };
  let listener: (size: WatchedSize) => void = () => undefined;
  const tap: SessionTap = {
    pty: { columns: 80, rows: 24 },
    onOutput: () => () => undefined,
    onResize: (given) => {
      listener = given;
      return () => undefined;
    },
    input: () => undefined,
  };
  sessions.watch(session as unknown as Session, tap);
  return { sessions, posted, resize: (columns) => listener({ columns, rows: 24 }), leave: () => closing.abort() };
}

const widths = (posted: readonly WorkerMessage[]): readonly number[] =>
  posted.flatMap((message) => (message.type === 'resize' ? [message.columns] : []));

test('of a flood of window sizes the page draws one after another, and the last one', () => {
  const { sessions, posted, resize } = watched();
  for (let columns = 1; columns <= 1000; columns += 1) resize(columns);
  expect(widths(posted)).toEqual([1]);
  sessions.resized(1);
  expect(widths(posted)).toEqual([1, 1000]);
  resize(7);
  resize(8);
  expect(widths(posted)).toEqual([1, 1000]);
  sessions.resized(1);
  sessions.resized(1);
  expect(widths(posted)).toEqual([1, 1000, 8]);
  resize(9);
  expect(widths(posted)).toEqual([1, 1000, 8, 9]);
});

test('what the page has drawn of a session that is over starts nothing', () => {
  const { sessions, posted, resize, leave } = watched();
  resize(1);
  resize(2);
  leave();
  sessions.resized(1);
  expect(posted.map(({ type }) => type)).toEqual(['session', 'resize', 'ended']);
});

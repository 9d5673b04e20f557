import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { HookRunner, isGranted } from './hook-runner.js';
import type { HookResult } from './hooks.js';
import { accept, reject, type Accept } from './verdict.js';

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function runner(): { readonly clock: ManualClock; readonly lines: string[]; readonly hooks: HookRunner } {
  const clock = new ManualClock();
  const lines: string[] = [];
  const hooks = new HookRunner(clock, 1000, {
    log: (priority, _category, message, fields) => {
      lines.push(`${priority} ${message}: ${String(fields['hook'])}`);
    },
  });
  return { clock, lines, hooks };
}

const shown = (answer: unknown): unknown => (answer as { verdict?: string } | undefined)?.verdict ?? answer;

type Row = readonly [string, (() => HookResult<Accept>) | undefined, unknown, readonly string[]];
const rows: readonly Row[] = [
  ['absent', undefined, undefined, []],
  ['no opinion', () => undefined, undefined, []],
  ['null, which is one', () => Promise.resolve(null as never), null, []],
  ['accept', () => accept, 'accept', []],
  ['reject', () => reject('no'), 'reject', ['6 a hook refused: none']],
  [
    'throws',
    () => {
      throw new Error('no');
    },
    'reject',
    ['4 a hook failed: none'],
  ],
  ['false, which is no verdict', () => false as never, 'reject', ['4 a hook failed: none']],
  ['true, which is none either', () => Promise.resolve(true as never), 'reject', ['4 a hook failed: none']],
  ['a text, which is no verdict', () => 'deny' as never, 'reject', ['4 a hook failed: none']],
  ['a number, which is none', () => 1 as never, 'reject', ['4 a hook failed: none']],
  ['rejects', () => Promise.reject(new Error('no')), 'reject', ['4 a hook failed: none']],
];

test.each(rows)('a hook that is %s', async (_name, hook, wanted, said) => {
  const { hooks, lines } = runner();
  expect(await hooks.ask('none', hook, shown)).toBe(wanted);
  expect(lines).toEqual(said);
});

test('hooks of a connection run one after another, in the order in which they were asked', async () => {
  const { hooks } = runner();
  const events: string[] = [];
  const slow = (name: string) => async () => {
    events.push(`${name} begins`);
    await turns();
    events.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => hooks.ask('command', slow(name), shown)));
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a hook that never settles has refused after its time, and the next has its turn', async () => {
  const { hooks, clock, lines } = runner();
  const never = hooks.ask('command', () => new Promise<never>(() => undefined), shown);
  const next = hooks.ask('command', () => accept, shown);
  await turns();
  clock.advance(999);
  await turns();
  expect(lines).toEqual([]);
  clock.advance(1);
  expect(await never).toBe('reject');
  expect(await next).toBe('accept');
  expect(lines).toEqual(['4 a hook failed: command']);
});

test('what a hook gives is disposed of after use: also when that throws, and when nobody waits any more', async () => {
  const { hooks, clock } = runner();
  const disposed: string[] = [];
  const answer = (name: string) => ({ ...accept, [Symbol.dispose]: () => void disposed.push(name) });
  const used: string[][] = [];
  await hooks.ask(
    'username',
    () => answer('a'),
    () => used.push([...disposed]),
  );
  expect(used).toEqual([[]]);
  await expect(
    hooks.ask(
      'username',
      () => answer('b'),
      () => {
        throw new Error('invalid');
      },
    ),
  ).rejects.toThrow('invalid');
  let settle: (value: Accept) => void = () => undefined;
  const late = hooks.ask('globalRequest', () => new Promise<Accept>((resolve) => (settle = resolve)), shown);
  await turns();
  clock.advance(1000);
  await late;
  settle(answer('late'));
  await turns();
  expect(disposed).toEqual(['a', 'b', 'late']);
});

test('what serves on is not disposed of: streams and handlers', async () => {
  const { hooks } = runner();
  let isDisposed = false;
  await hooks.ask('forward', () => ({ [Symbol.dispose]: () => (isDisposed = true) }), shown);
  expect(isDisposed).toBe(false);
});

test('what cannot be disposed of harms nobody', async () => {
  const { hooks, lines } = runner();
  const bad = {
    ...accept,
    [Symbol.dispose]: () => {
      throw new Error('no');
    },
  };
  expect(await hooks.ask('none', () => bad, shown)).toBe('accept');
  expect(lines).toEqual(['4 what a hook gave could not be disposed of: none']);
});

test.each([
  ['an async dispose', { [Symbol.asyncDispose]: () => Promise.reject(new Error('no')) }],
  ['a dispose that is async', { [Symbol.dispose]: () => Promise.reject(new Error('no')) }],
])('%s that rejects is a line in the log, and ends no process', async (_what, bad) => {
  const { hooks, lines } = runner();
  expect(await hooks.ask('none', () => ({ ...accept, ...bad }), shown)).toBe('accept');
  await turns();
  expect(lines).toEqual(['4 what a hook gave could not be disposed of: none']);
});

test('once the connection is over no hook is waited for, by no timer, and none is asked', async () => {
  const { hooks, clock, lines } = runner();
  let settle: (value: unknown) => void = () => undefined;
  let isDisposed = false;
  const waiting = hooks.ask('globalRequest', () => new Promise<never>((resolve) => (settle = resolve as never)), shown);
  const next = hooks.ask('command', () => expect.fail('asked'), shown);
  await turns();
  expect(clock.pending).toBe(1);
  hooks.close();
  expect([await waiting, await next]).toEqual(['reject', 'reject']);
  expect(clock.pending).toBe(0);
  // A hook is not to blame if its client has gone.
  expect(lines).toEqual(['6 a hook failed: globalRequest', '6 a hook failed: command']);
  settle({ ...accept, [Symbol.dispose]: () => (isDisposed = true) });
  await turns();
  expect(isDisposed).toBe(true);
});

test('what is thrown may have no words for itself: the next hook runs', async () => {
  const { hooks, lines } = runner();
  expect(await hooks.ask('forward', () => Promise.reject(Object.create(null)), shown)).toBe('reject');
  expect(await hooks.ask('forward', () => accept, shown)).toBe('accept');
  expect(lines).toEqual(['4 a hook failed: forward']);
});

test.each([['deny'], [0], [{}], [() => undefined]])('%o is no yes', (answer) => {
  expect(isGranted(answer)).toBe(false);
});

test('nothing said is one, and so is accept', () => {
  expect([undefined, null, accept].map(isGranted)).toEqual([true, true, true]);
});

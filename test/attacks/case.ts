/**
 * A row of the case list: what a peer does, and how the server ends it. After every case, whatever it is about, the harness asserts:
 * (1) the application was asked nothing but what the legal steps ask, (2) no promise failed unseen, (3) a legal login succeeds
 * afterwards, (4) nothing is kept, (5) at most one line is logged, and it is escaped, (6) nothing is sent after DISCONNECT, (7) all
 * of it is the same whether the bytes arrive one by one or in one block.
 */
import { describe, expect, test } from 'vitest';
import type { LogRecord, ServerOptions } from '@nacre/core';
import { readStrings } from './bytes.js';
import { concat, RawPeer, settle, str, subject, uint32, type End, type RawOptions, type Subject } from './raw-peer.js';
import { eventually, heldBytes } from './subject.js';
import { memory, type Carrier, type Delivery } from './wire.js';

export interface CaseOptions {
  /** What the application may be asked in addition to what the legal steps ask. */
  readonly calls?: readonly string[];
  readonly peer?: RawOptions;
  readonly server?: Partial<ServerOptions>;
  /** What is in the text of our DISCONNECT. */
  readonly says?: RegExp;
  /** What is in the one line of our log. */
  readonly logs?: string;
  /** Looks into our server, so that it cannot be played to another. */
  readonly isOurs?: boolean;
}

export type Case = readonly [
  name: string,
  act: (peer: RawPeer, under: Subject) => Promise<void> | void,
  end: End,
  options?: CaseOptions,
];

/** At most so much is kept for a connection, in bytes: before authentication and after. */
const MAXIMUM_HELD = 128 * 1024;
const MAXIMUM_HELD_LOGGED_IN = 3 * 1024 * 1024;
const MAXIMUM_LOG_LINE = 1024;

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => void unhandled.push(reason));

/** For the login that follows, in microseconds of CPU. Our server's clock is stopped meanwhile: none of it is waiting. */
const MAXIMUM_LOGIN = 2_000_000;

/** After every case: a legal login works, and nothing is left behind. */
export async function expectWell(under: Subject, carrier: Carrier = memory): Promise<void> {
  const reach = await carrier.serve(under.server);
  const before = process.cpuUsage();
  const peer = new RawPeer(await reach.dial({ remoteAddress: '127.9.9.9' }));
  await peer.echo();
  await peer.echoes('still here');
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(MAXIMUM_LOGIN);
  peer.close();
  await eventually(() => under.server.connections.length === 0, 'the end of a legal connection');
  await reach.close();
  await settle();
  expect(under.clock.pending).toBe(0);
  expect(unhandled).toEqual([]);
}

/** What a case came to, for comparison. */
export interface Transcript {
  readonly end: End;
  readonly calls: readonly string[];
  readonly received: readonly number[];
}

/** A text for the peer is short, and has no control characters. */
export function expectHarmless(bytes: Uint8Array, says = /.*/): void {
  const text = new TextDecoder().decode(bytes);
  expect(bytes.length).toBeLessThanOrEqual(256);
  expect(text).toMatch(says);
  expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
}

/** What a sink shows that is asked for nothing more, syslog's informational, and what is urgent. */
const SHOWN = 6;
const URGENT = 5;

/** Of a connection one line is shown, beside what its user tried to log in with; and one at most that is urgent. */
function expectLogged(log: readonly LogRecord[], text: string): void {
  const lines = log.filter(({ priority, message }) => priority <= URGENT && message !== 'logged in');
  expect(lines.length).toBeLessThanOrEqual(1);
  expect(
    log.filter(({ priority, category }) => priority <= SHOWN && category === 'connection').length,
  ).toBeLessThanOrEqual(1);
  expect(JSON.stringify(lines)).toContain(text);
  const isHarmless = ({ fields }: LogRecord): boolean =>
    JSON.stringify(fields).length <= MAXIMUM_LOG_LINE &&
    Object.values(fields).every((value) => !/[\x00-\x1f\x7f-\x9f]/.test(String(value)));
  expect(log.filter((record) => !isHarmless(record))).toEqual([]);
}

/** `calls` without one of each of `allowed`, and without any of `free`. */
function without(calls: readonly string[], allowed: readonly string[], free: readonly string[]): string[] {
  const left = [...allowed];
  return calls.filter((call) => {
    const index = left.indexOf(call);
    if (index >= 0) left.splice(index, 1);
    return index < 0 && !free.includes(call);
  });
}

/** Runs a case once. */
export async function runCase(
  [name, act, end, { calls = [], peer: options = {}, server = {}, says = /.*/, logs = '' } = {}]: Case,
  carrier: Carrier,
  delivery: Delivery,
): Promise<Transcript> {
  const under = await subject(server);
  const reach = await carrier.serve(under.server);
  const link = await reach.dial({ delivery, ...options });
  const peer = new RawPeer(link, { ...options, isInMemory: carrier === memory });
  await act(peer, under);
  const isLoggedIn = peer.received.some((payload) => payload[0] === 52);
  expect(heldBytes(under)).toBeLessThanOrEqual(isLoggedIn ? MAXIMUM_HELD_LOGGED_IN : MAXIMUM_HELD);
  if (end === undefined) await peer.fence();
  else await eventually(() => peer.end !== undefined && peer.isClosed, `the end of ${name}`);
  expect(peer.fault).toBe(undefined);
  expect(peer.end).toBe(end);
  peer.close();
  await eventually(() => under.server.connections.length === 0, `that nothing is left of ${name}`);
  await reach.close();
  await settle();
  expect(under.clock.pending).toBe(0);
  expect(peer.afterEnd).toBe(0);
  for (const last of peer.received.filter((payload) => payload[0] === 1))
    expectHarmless(readStrings(last, 1, 5)[0]!, says);
  expect(without(under.calls, peer.legalCalls, calls)).toEqual([]);
  expectLogged(under.log, logs);
  const transcript = { end: peer.end, calls: [...under.calls], received: peer.received.map((payload) => payload[0]!) };
  await expectWell(under, carrier);
  return transcript;
}

/** Runs cases in one block and byte by byte, and compares. */
export function checkCases(name: string, cases: readonly Case[], carriers: readonly Carrier[] = [memory]): void {
  describe.each(carriers.map((carrier) => [carrier.name, carrier] as const))(`${name} over %s`, (_name, carrier) => {
    test.each(cases.map((row) => [row[0], row] as const))('%s', async (_name, row) => {
      const atOnce = await runCase(row, carrier, 'in one block');
      expect(await runCase(row, carrier, 'byte by byte')).toEqual(atOnce);
    });
  });
}

export const password = (user: string, word: string): Uint8Array =>
  concat([50], str(user), str('ssh-connection'), str('password'), [0], str(word));
export const open = concat([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));

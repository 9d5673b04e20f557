/**
 * A case against our client: what a hostile server does, how the client ends it, and what its application learns. After every
 * case the harness asserts that the client sent nothing that it should have kept to itself, that no promise failed unseen,
 * that no timer is left, that nothing is sent after DISCONNECT, that a client of a good server works, and that all of it is the
 * same whether the bytes arrive one by one or in one block.
 */
import {
  generateKey,
  parseKnownHosts,
  type Client,
  type ConnectOptions,
  type HostKeyVerifier,
  type Signer,
} from '@nacre/core';
import { startClient } from '../../packages/core/src/client/client.js';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { describe, expect, test } from 'vitest';
import { readStrings } from './bytes.js';
import { expectHarmless } from './case.js';
import type { End } from './raw-end.js';
import { RawServer, type RawServerOptions } from './raw-server.js';
import { CountingClock, eventually, settle } from './subject.js';
import { memory, type Carrier, type Delivery } from './wire.js';

export const hostKey: Signer = await generateKey('ssh-ed25519', { crypto: nodeCrypto });

/** The client under test, and what was asked of its application. */
export interface ClientUnderTest {
  readonly client: Client;
  readonly clock: CountingClock;
  readonly calls: string[];
}

export interface ClientCaseOptions {
  readonly server?: Partial<RawServerOptions>;
  readonly client?: Partial<ConnectOptions>;
  /** What the hostile server does; it has not started yet. */
  readonly act?: (server: RawServer, under: ClientUnderTest) => Promise<void> | void;
  /** Messages that the client may send in addition to 20, 21, 30 and its DISCONNECT. */
  readonly sends?: readonly number[];
  /** What its application may be asked in addition to the verdict on one host key. */
  readonly calls?: readonly string[];
  /** The class of the error that its application gets. */
  readonly error?: string;
  /** What its text contains. */
  readonly says?: RegExp;
  /** What the client knows of hosts and authorities, instead of a verifier that accepts everything. */
  readonly knownHosts?: string;
  /** Depends on options of ours, so it cannot be played to another client. */
  readonly isOurs?: boolean;
}

/** The name of the hostile server in `knownHosts`. */
export const HOST = 'host.example.org';

/** A line of `knownHosts`. */
export function hostLine(hosts: string, { publicKey }: Signer): string {
  const [type] = readStrings(publicKey, 1);
  return `${hosts} ${new TextDecoder().decode(type)} ${Buffer.from(publicKey).toString('base64')}\n`;
}

export type ClientCase = readonly [name: string, end: End, options: ClientCaseOptions];

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => void unhandled.push(reason));

const ALWAYS_SENT = [20, 30, 1];

function counted(verifier: HostKeyVerifier, calls: string[]): HostKeyVerifier {
  const verify: HostKeyVerifier = (key) => {
    calls.push('verify');
    return verifier(key);
  };
  return Object.assign(verify, { takesCertificates: verifier.takesCertificates === true });
}

function verifierOf({ client, knownHosts }: ClientCaseOptions): HostKeyVerifier {
  if (knownHosts !== undefined) return parseKnownHosts(knownHosts).verify(HOST);
  return client?.verifyHostKey ?? (() => true);
}

export async function start(carrier: Carrier, delivery: Delivery, options: ClientCaseOptions) {
  const links = await carrier.pair(delivery);
  const server = new RawServer(links.server, { hostKey, ...options.server });
  const clock = new CountingClock();
  const calls: string[] = [];
  const client = startClient(links.client, {
    user: 'secret-user',
    crypto: nodeCrypto,
    clock,
    onBanner: () => void calls.push('banner'),
    timeout: 10_000,
    ...options.client,
    verifyHostKey: counted(verifierOf(options), calls),
  });
  const secret = (): string => {
    calls.push('password');
    return 'secret';
  };
  const loggedIn = client.ready.then(() =>
    client.authenticate('secret-user', [{ method: 'password', password: secret }]),
  );
  // `closed` reports it too.
  loggedIn.catch(() => undefined);
  return { server, loggedIn, under: { client, clock, calls } };
}

/** A client of a good server logs in, and echoes. */
async function expectWell(carrier: Carrier): Promise<void> {
  const { server, loggedIn, under } = await start(carrier, 'as sent', {});
  server.flush();
  await loggedIn;
  const process = await under.client.spawn('cat');
  await process.write('well');
  expect(new TextDecoder().decode(await process.read())).toBe('well');
  under.client.close();
  await eventually(() => server.end !== undefined, 'the end of a good connection');
  server.close();
  await eventually(() => under.clock.pending === 0, 'that no timer is left');
  expect(unhandled).toEqual([]);
}

async function runCase([name, end, options]: ClientCase, carrier: Carrier, delivery: Delivery) {
  const { server, loggedIn, under } = await start(carrier, delivery, options);
  const { client, clock, calls } = under;
  if (options.act === undefined) server.flush();
  else await options.act(server, under);
  if (end === undefined) await loggedIn;
  else await eventually(() => server.end !== undefined && server.isClosed, `the end of ${name}`);
  expect(server.fault).toBe(undefined);
  expect(server.end).toBe(end);
  if (end === undefined) client.close();
  const error = await client.closed;
  expect(error?.constructor.name).toBe(options.error);
  expect(error?.message ?? '').toMatch(options.says ?? '');
  expect(error?.message ?? '').not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  server.close();
  await settle();
  await eventually(() => clock.pending === 0, 'that no timer is left');
  expect(server.afterEnd).toBe(0);
  for (const last of server.received.filter((payload) => payload[0] === 1)) expectHarmless(readStrings(last, 1, 5)[0]!);
  const mayBeSent = [...ALWAYS_SENT, ...(options.sends ?? [])];
  expect(server.numbers.filter((number) => !mayBeSent.includes(number))).toEqual([]);
  expect(calls.filter((call) => call !== 'verify' && options.calls?.includes(call) !== true)).toEqual([]);
  expect(calls.filter((call) => call === 'verify').length).toBeLessThanOrEqual(1);
  // Whose signature does not hold is for nobody to judge, or to remember: whoever shows it need not have the key.
  if (options.error === 'KeyExchangeError' && options.calls === undefined) expect(calls).toEqual([]);
  const transcript = { numbers: server.numbers, calls, error: error?.message };
  await expectWell(carrier);
  return transcript;
}

/** Runs cases in one block and byte by byte, and compares. */
export function checkClientCases(
  name: string,
  cases: readonly ClientCase[],
  carriers: readonly Carrier[] = [memory],
): void {
  describe.each(carriers.map((carrier) => [carrier.name, carrier] as const))(`${name} over %s`, (_name, carrier) => {
    test.each(cases.map((row) => [row[0], row] as const))('%s', async (_row, row) => {
      const atOnce = await runCase(row, carrier, 'in one block');
      expect(await runCase(row, carrier, 'byte by byte')).toEqual(atOnce);
    });
  });
}

/** A row of the case list: what a peer does, and how the server ends it. */
import { describe, expect, test } from 'vitest';
import { concat, RawPeer, settle, str, subject, uint32, type End, type RawOptions, type Subject } from './raw-peer.js';

export type Case = readonly [name: string, act: (peer: RawPeer, under: Subject) => Promise<void> | void, end: End];

/** After every case: the process is well, a legal login works, and nothing is left behind. */
export async function expectWell({ server }: Subject): Promise<void> {
  const peer = await new RawPeer(server, { remoteAddress: '127.9.9.9' }).echo();
  peer.send([94], uint32(0), str('still here'));
  await settle();
  expect(peer.received.some((payload) => payload[0] === 94)).toBe(true);
  peer.close();
  await settle();
  expect(server.connections.length).toBe(0);
}

/** Runs cases in one block and byte by byte. */
export function checkCases(name: string, cases: readonly Case[], options: RawOptions = {}): void {
  describe.each([undefined, 1])(`${name}, in pieces of %s bytes`, (chunkSize) => {
    test.each(cases)('%s', async (_name, act, end) => {
      const under = await subject();
      const peer = new RawPeer(under.server, { ...options, ...(chunkSize === undefined ? {} : { chunkSize }) });
      await act(peer, under);
      await settle();
      expect(peer.end).toBe(end);
      peer.close();
      await settle();
      // The application is never asked about a message that has no business there.
      if (end !== undefined) expect(under.calls.filter((call) => call === 'session').length).toBeLessThanOrEqual(1);
      await expectWell(under);
    });
  });
}

export const password = (user: string, word: string): Uint8Array =>
  concat([50], str(user), str('ssh-connection'), str('password'), [0], str(word));
export const open = concat([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));

/** Rekeys by a peer under test: many of them, and how many the server has seen. */
import type { RawPeer } from './raw-peer.js';
import type { Subject } from './subject.js';

/** Rekeys so often, `milliseconds` apart, with traffic between. */
export async function rekeyOften(under: Subject, peer: RawPeer, times: number, milliseconds = 0): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await peer.rekey();
    if (count % 10 === 0) await peer.echoes(`after exchange ${count}`);
    under.clock.advance(milliseconds);
    peer.forget();
    under.calls.length = 0;
    under.log.length = 0;
  }
}

/** KEXINITs that have come to the server. */
export function exchangesBegun({ log }: Subject): number {
  return log.filter(({ message }) => message === 'key exchange began').length;
}

/** NEWKEYS that have come to the server. */
export function exchangesEnded({ log }: Subject): number {
  return log.filter(({ message }) => message === 'key exchange ended').length;
}

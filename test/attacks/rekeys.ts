/** Legal rekeys, many of them. */
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

/** RFC 4253 §11.1: a connection that finds no room is told so, before any key exchange, and released. */
import { packetCipherNone } from '../../algorithms/none.js';
import type { Clock } from '../../driver.js';
import { DisconnectReason } from '../../errors.js';
import type { ByteLink } from '../../link.js';
import { SSH_MSG_DISCONNECT } from '../../transport/messages.js';
import { PacketWriter } from '../../transport/packet-writer.js';
import { RandomPool } from '../../transport/random-pool.js';

/** How many are told at once; in a flood the others are dropped without a word. */
export const MAXIMUM_TOLD = 32;
/** How long to wait, in ms, after the message: closing a socket with unread input would discard it. */
const LINGER = 1000;

export class Refusals {
  #told = 0;

  /** Sends `description` with the reason "too many connections", unless too many are being told already. */
  turnAway(link: ByteLink, clock: Clock, software: string, description: string): void {
    if (this.#told >= MAXIMUM_TOLD) {
      link.destroy();
      return;
    }
    this.#told += 1;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      this.#told -= 1;
      link.destroy();
    };
    const cancel = clock.schedule(over, LINGER);
    link.open({ chunk: () => undefined, drain: () => undefined, end: over });
    link.write(words(software, description));
    link.end();
  }
}

function words(software: string, description: string): Uint8Array {
  // Without a cipher, padding need not be random.
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  writer.raw(new TextEncoder().encode(`SSH-2.0-${software}\r\n`));
  const reasonCode = DisconnectReason.TOO_MANY_CONNECTIONS;
  const payload = SSH_MSG_DISCONNECT.encode({ reasonCode, description, languageTag: '' });
  writer.begin(payload.length).fixed(payload);
  writer.finish();
  return writer.take();
}

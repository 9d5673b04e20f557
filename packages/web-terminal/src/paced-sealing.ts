/** How a thread that seals also feeds its sockets. */
import type { Pace } from '@nacre/core/web-crypto';

/** Sealed at a stretch, in bytes. */
const STRETCH = 64 * 1024;

/** Whether a packet is sealed by the thread that asks, before anything else there has its turn, as in Chromium 156. */
export async function sealsOnThisThread(): Promise<boolean> {
  if (!('scheduler' in globalThis)) return false;
  const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']);
  const sealed = crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(0));
  return Promise.race([sealed.then(() => true), nextTurn().then(() => false)]);
}

/**
 * Gives the thread a turn for other work after each stretch. What was sent before leaves a thread of Chromium piece by piece, as
 * the process that owns the socket takes it: while the thread seals, the socket runs dry.
 */
export function paceSealing(turn = nextTurn): Pace {
  let stretch = 0;
  return (length) => {
    stretch += length;
    if (stretch < STRETCH) return undefined;
    stretch = 0;
    return turn();
  };
}

/** Settles when the thread has done what it already had to do. */
function nextTurn(): Promise<void> {
  return scheduler.postTask(() => undefined);
}

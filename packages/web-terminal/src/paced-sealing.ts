/** AES-GCM where one thread seals and also feeds its sockets. */
import type { BatchedAead } from '@nacre/core/crypto';

/** Sealed at a stretch, in bytes. */
const STRETCH = 128 * 1024;

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
export function sealInStretches(aead: BatchedAead, turn: () => Promise<unknown> = nextTurn): BatchedAead {
  let stretch = 0;
  return {
    ...aead,
    sealsInTurn: true,
    async seal(nonce, packet, aadLength) {
      await aead.seal(nonce, packet, aadLength);
      stretch += packet.length;
      if (stretch < STRETCH) return;
      stretch = 0;
      await turn();
    },
  };
}

/** Settles when the thread has done what it already had to do. */
function nextTurn(): Promise<unknown> {
  return scheduler.postTask(() => undefined);
}

/** RFC 4253 §6.2: payloads to inflate, one after another, and payloads that we deflated. */
import { createCompressor } from '../../../packages/core/src/zlib/deflate.js';
import { createDecompressor } from '../../../packages/core/src/zlib/inflate.js';
import { equal } from '../bytes.js';
import { decodeSteps, encodeSteps, message, raw, stepsShape } from '../steps.js';
import { attempt, Finding, type Target } from '../target.js';

const MAXIMUM = 256 * 1024;
const PAYLOADS = [Uint8Array.of(94), new Uint8Array(5000).fill(65), Uint8Array.from({ length: 700 }, (_, i) => i * i)];

/** Whatever is deflated is inflated to the same. */
function checkRoundTrip(payloads: readonly Uint8Array[]): void {
  const compressor = createCompressor();
  const decompressor = createDecompressor();
  for (const payload of payloads) {
    const again = decompressor.decompress(compressor.compress(payload.slice()), MAXIMUM);
    if (!equal(again, payload)) throw new Finding('deflated to something else', `${payload.length} bytes`);
  }
}

/** Raw steps are what a peer claims to be deflated; messages are deflated by us. */
export const compressionTarget: Target = {
  name: 'compression',
  shape: stepsShape(),
  seeds: () => {
    const compressor = createCompressor();
    const deflated = PAYLOADS.map((payload) => raw(compressor.compress(payload).slice()));
    return [encodeSteps(deflated), encodeSteps(PAYLOADS.map((payload) => message(payload)))];
  },
  run: (input) => {
    const steps = decodeSteps(input);
    checkRoundTrip(steps.flatMap((step) => ('bytes' in step && step.bytes.length > 0 ? [step.bytes] : [])));
    const decompressor = createDecompressor();
    for (const step of steps) {
      if (!('bytes' in step) || step.kind === 'message') continue;
      const payload = attempt('decompress', () => decompressor.decompress(step.bytes.slice(), MAXIMUM));
      // The first fault ends a connection.
      if (payload === undefined) return;
      if (payload.length > MAXIMUM) throw new Finding('inflated without bound', `${payload.length} bytes`);
    }
  },
};

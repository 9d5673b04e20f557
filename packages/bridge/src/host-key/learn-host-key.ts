/** RFC 4253 §8: one key exchange over a link, to learn which key the host at its end has. Nobody logs in. */
import { duplexPair } from 'node:stream';
import { connect } from '@nacre/core';
import { fromNodeStream } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { BridgeError } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import { openLine, type LineOptions } from '../resume/line.js';

export interface LearnedHostKey {
  /** `TYPE BASE64`. */
  readonly hostKey: string;
  readonly fingerprint: string;
}

/** For the key exchange, in ms. */
const TIMEOUT = 10_000;

/** Security: whoever is at the end has proven to hold this key, and nothing else. @throws BridgeError */
export async function learnHostKey(options: LineOptions): Promise<LearnedHostKey> {
  const stop = new AbortController();
  // As `proxy` goes: a relay may take no link but such as can be resumed.
  const line = await openLine({ ...options, signal: stop.signal });
  const [near, far] = duplexPair();
  void line.carry({
    input: near,
    output: near,
    finish: () => new Promise((resolve) => void near.end(() => resolve())),
    abort: () => void near.destroy(),
  });
  let learned: LearnedHostKey | undefined;
  let failure: unknown;
  try {
    await connect(fromNodeStream(far), {
      user: 'nobody',
      crypto: nodeCrypto,
      timeout: TIMEOUT,
      verifyHostKey: ({ blob, fingerprint }) => {
        learned = { hostKey: `${typeOf(blob)} ${Buffer.from(blob).toString('base64')}`, fingerprint };
        return false;
      },
    });
  } catch (error) {
    // Its refusal of the key ends it as a matter of course.
    failure = error;
  } finally {
    stop.abort();
    far.destroy();
  }
  if (learned !== undefined) return learned;
  const reason = failure instanceof Error ? failure.message : 'no key was shown';
  const hint = 'check that an SSH server is there';
  throw new BridgeError('SSH identification', EXIT.unavailable, reason, hint, failure);
}

/** RFC 4253 §6.6: a key begins with the name of its type, which the name of an algorithm need not be. */
function typeOf(blob: Uint8Array): string {
  const bytes = Buffer.from(blob);
  return bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0));
}

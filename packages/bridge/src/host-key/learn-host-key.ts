/** RFC 4253 §8: one key exchange over a link, to learn the key of the host at its end. Nobody logs in. */
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

/** Of the key exchange, in ms. */
const TIMEOUT = 10_000;

/** Security: this proves only that the other end holds the key, not that it is the right host. @throws BridgeError */
export async function learnHostKey(options: LineOptions): Promise<LearnedHostKey> {
  const stop = new AbortController();
  // Opened as `proxy` does: some relays accept only links that can be resumed.
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
    // Expected: refusing the key ends the connection.
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

/** RFC 4253 §6.6: a key begins with the name of its type, which may differ from the name of the algorithm. */
function typeOf(blob: Uint8Array): string {
  const bytes = Buffer.from(blob);
  return bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0));
}

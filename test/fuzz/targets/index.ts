/** Everything that can be fuzzed. */
import type { Target } from '../target.js';
import { certificateTarget } from './certificates.js';
import { compressionTarget } from './compression.js';
import { exchangeTargets } from './exchanges.js';
import { keyFileTarget } from './key-files.js';
import { keyTarget } from './keys.js';
import { packetTarget } from './packets.js';
import { pairTarget } from './pair.js';
import { sessionTargets } from './sessions.js';
import { signatureTarget } from './signatures.js';
import { snapshotTarget } from './snapshots.js';
import { webSocketTargets } from './web-socket.js';
import { wireTargets } from './wire.js';

export const targets: readonly Target[] = [
  ...wireTargets,
  packetTarget,
  compressionTarget,
  ...exchangeTargets,
  keyTarget,
  certificateTarget,
  keyFileTarget,
  signatureTarget,
  ...sessionTargets,
  pairTarget,
  snapshotTarget,
  ...webSocketTargets,
];

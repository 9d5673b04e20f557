/** How to ask ssh-keygen for each type of key. */
import type { KeyTypeName } from '../../packages/core/src/keys/index.js';

export const types: readonly { type: KeyTypeName; flags: readonly string[] }[] = [
  { type: 'ssh-ed25519', flags: ['-t', 'ed25519'] },
  { type: 'ecdsa-sha2-nistp256', flags: ['-t', 'ecdsa', '-b', '256'] },
  { type: 'ecdsa-sha2-nistp384', flags: ['-t', 'ecdsa', '-b', '384'] },
  { type: 'ecdsa-sha2-nistp521', flags: ['-t', 'ecdsa', '-b', '521'] },
  { type: 'ssh-rsa', flags: ['-t', 'rsa', '-b', '2048'] },
];

/** The types of private keys that this library generates, reads and signs with. */
import { ecdsaNistp256, ecdsaNistp384, ecdsaNistp521 } from '../algorithms/ecdsa.js';
import { ED25519 } from '../algorithms/ed25519.js';
import { SSH_RSA } from '../algorithms/rsa.js';
import { ecdsaKeyType } from './ecdsa-key.js';
import { ed25519KeyType } from './ed25519-key.js';
import type { KeyType } from './key-material.js';
import { rsaHashes, rsaKeyType } from './rsa-key.js';

export const keyTypes = {
  [ED25519]: ed25519KeyType,
  'ecdsa-sha2-nistp256': ecdsaKeyType(ecdsaNistp256),
  'ecdsa-sha2-nistp384': ecdsaKeyType(ecdsaNistp384),
  'ecdsa-sha2-nistp521': ecdsaKeyType(ecdsaNistp521),
  [SSH_RSA]: rsaKeyType,
} as const satisfies Record<string, KeyType>;

export type KeyTypeName = keyof typeof keyTypes;

export function isKeyTypeName(name: string): name is KeyTypeName {
  return Object.hasOwn(keyTypes, name);
}

/** The signature algorithms of that key type, most preferred first. */
export function algorithmsOf(type: KeyTypeName): readonly string[] {
  return type === SSH_RSA ? [...rsaHashes.keys()] : [type];
}

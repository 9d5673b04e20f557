/** Keys of each type, and what must not hold for them. */
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect } from 'vitest';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { generateKey } from '../../packages/core/src/keys/index.js';
import { Writer } from '../../packages/core/src/wire/writer.js';
import { hex } from './bytes.js';
import { verifiersOf } from './providers.js';

type Name = keyof typeof signatures;
export const message = hex('00112233');
export const keys = {
  'ssh-ed25519': await generateKey('ssh-ed25519'),
  'ecdsa-sha2-nistp256': await generateKey('ecdsa-sha2-nistp256'),
  'ecdsa-sha2-nistp384': await generateKey('ecdsa-sha2-nistp384'),
  'ecdsa-sha2-nistp521': await generateKey('ecdsa-sha2-nistp521'),
  'rsa-sha2-512': await generateKey('ssh-rsa', { bits: 2048, crypto: nodeCrypto }),
};
export const names = Object.keys(keys) as (keyof typeof keys)[];

/** `string` values one after another. */
export function strings(...values: readonly (string | Uint8Array)[]): Uint8Array {
  const writer = new Writer();
  for (const value of values) {
    if (typeof value === 'string') writer.text(value);
    else writer.string(value);
  }
  return writer.written();
}

export function bytesOf(blob: Uint8Array, name: string): Uint8Array {
  return blob.subarray(4 + name.length + 4);
}

export async function expectRefused(
  name: Name,
  publicKey: Uint8Array,
  signature: Uint8Array,
  what: string,
): Promise<void> {
  for (const provider of verifiersOf(name)) {
    expect(await signatures[name].verify(provider, publicKey, message, signature), `${what}, ${provider.name}`).toBe(
      false,
    );
  }
}

/** Those that JavaScript takes milliseconds to verify. */
export const SLOW: readonly Name[] = ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];

/** A signature over something else, and those with any bit flipped. */
export async function expectOthersRefused(name: keyof typeof keys): Promise<void> {
  const key = keys[name];
  const good = await key.sign(name, message);
  await expectRefused(name, key.publicKey, await key.sign(name, hex('00112234')), 'another message');
  for (let index = 0; index < good.length; index += 5) {
    const changed = good.slice();
    changed[index]! ^= 1 << (index % 8);
    await expectRefused(name, key.publicKey, changed, `byte ${index}`);
  }
}

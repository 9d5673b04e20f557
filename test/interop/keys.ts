/** Key files for stock programs, written from keys of ours. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPrivateKey, formatPublicKey, generateKey, type KeyTypeName, type PrivateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';

export const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
] as const satisfies readonly KeyTypeName[];

const made = new Map<KeyTypeName, Promise<PrivateKey>>();

/** A key for this test run; RSA keys are slow to make, so each type is made once. */
export function testKey(type: KeyTypeName): Promise<PrivateKey> {
  // Interop: paramiko 2.12 cannot read a key file that ends with an empty comment.
  const key = made.get(type) ?? generateKey(type, { crypto: nodeCrypto, comment: 'test' });
  made.set(type, key);
  return key;
}

/** Writes `NAME` and `NAME.pub` in OpenSSH's format. @returns the path of the private half. */
export async function writeKey(folder: string, name: string, key: PrivateKey): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, formatPrivateKey(key), { mode: 0o600 });
  await writeFile(`${path}.pub`, `${formatPublicKey(key.public)}\n`);
  return path;
}

/** A known_hosts file for a port of 127.0.0.1. */
export async function writeKnownHosts(folder: string, port: number, keys: readonly PrivateKey[]): Promise<string> {
  const path = join(folder, `known_hosts-${port}`);
  await writeFile(path, keys.map((key) => `[127.0.0.1]:${port} ${formatPublicKey(key.public)}\n`).join(''));
  return path;
}

/** `ssh-bridge keygen`: a pair of key files as ssh-keygen writes them, for machines without ssh-keygen. */
import { rm, writeFile } from 'node:fs/promises';
import { formatOpenSshKeyFile, generateKey } from '@nacre/core/keys';
import { fingerprint, formatPublicKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { systemCode, usageError } from '../bridge-error.js';

/** Keyed by ssh-keygen's names for the types. */
const TYPES = {
  ed25519: { 256: 'ssh-ed25519' },
  ecdsa: { 256: 'ecdsa-sha2-nistp256', 384: 'ecdsa-sha2-nistp384', 521: 'ecdsa-sha2-nistp521' },
} as const;

export interface KeygenOptions {
  readonly file: string;
  readonly type: 'ed25519' | 'ecdsa' | 'rsa';
  readonly bits?: number | undefined;
  readonly comment: string;
  readonly passphrase?: string | undefined;
}

export interface Keygen {
  readonly fingerprint: string;
  /** The line for authorized_keys. */
  readonly publicKey: string;
}

/** Never overwrites a file. @throws BridgeError */
export async function keygen({ file, type, bits, comment, passphrase }: KeygenOptions): Promise<Keygen> {
  const name = keyTypeName(type, bits);
  const size = type === 'rsa' && bits !== undefined ? { bits } : {};
  const key = await generateKey(name, { comment, crypto: nodeCrypto, ...size }).catch((error: unknown) => {
    throw usageError(error instanceof Error ? error.message : 'no such key', 'leave --bits out', error);
  });
  const text = await formatOpenSshKeyFile(key, passphrase === undefined ? {} : { passphrase });
  const publicKey = formatPublicKey({ type: key.type, blob: key.publicKey, comment });
  // Security: readable by its owner only from the start, and never overwrites another key.
  await create(file, text, 0o600);
  await create(`${file}.pub`, `${publicKey}\n`, 0o644).catch(async (error: unknown) => {
    await rm(file);
    throw error;
  });
  return { fingerprint: fingerprint(key.publicKey), publicKey };
}

function keyTypeName(type: KeygenOptions['type'], bits: number | undefined): Parameters<typeof generateKey>[0] {
  if (type === 'rsa') return 'ssh-rsa';
  const sizes = new Map(Object.entries(TYPES[type]));
  const name = sizes.get(String(bits ?? 256));
  if (name !== undefined) return name;
  throw usageError(`${type} keys cannot have ${bits ?? 0} bits`, `choose ${[...sizes.keys()].join(', ')}`);
}

async function create(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { mode, flag: 'wx' }).catch((error: unknown) => {
    const exists = systemCode(error) === 'EEXIST';
    throw usageError(
      exists ? `${file} already exists` : `${file} cannot be written: ${systemCode(error) ?? 'unknown reason'}`,
      exists ? 'choose another file, or move it away' : 'check that its folder exists and is yours',
      error,
    );
  });
}

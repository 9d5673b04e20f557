/** A host key in a file of its own, for runtimes that have no files and for one that has. */
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { formatPrivateKey, generateKey, parsePrivateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/**
 * The text of the OpenSSH private key in `file`, which is made where there is none.
 * @throws the system's error, or ConfigurationError where the file holds no such key.
 */
export async function loadHostKey(file: string): Promise<string> {
  const text = (await read(file)) ?? (await create(file));
  parsePrivateKey(text, { crypto: nodeCrypto });
  return text;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Appears whole or not at all; of two programs that make it at once, one wins and both have its key. */
async function create(file: string): Promise<string> {
  const text = formatPrivateKey(await generateKey('ssh-ed25519', { crypto: nodeCrypto }));
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
    return text;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return await readFile(file, 'utf8');
    throw error;
  } finally {
    await unlink(draft);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

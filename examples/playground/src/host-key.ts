/** A host key in a file, for the scripts that start the playground, also on runtimes without files. */
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { formatPrivateKey, generateKey, parsePrivateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/**
 * The text of the OpenSSH private key in `file`, which is created if it does not exist.
 * @throws the system's error, or ConfigurationError if the file holds no such key.
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

/** The file is never incomplete; if two programs create it at once, one wins and both use its key. */
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

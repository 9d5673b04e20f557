/** A host key in a file, as sshd(8) keeps its own: made at first use, readable only by its owner. */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { ConfigurationError, keyStore, type KeyStore, type KeyStoreOptions } from '@nacre/core';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** The file is never incomplete, and if several processes start at once, all get the key of the first. */
export function fileKeyStore(path: string, options?: KeyStoreOptions): KeyStore {
  return keyStore({ name: path, isDurable: true, read: () => read(path), add: (text) => add(path, text) }, options);
}

async function read(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(unlessMissing);
  if (found === undefined) return undefined;
  if (found.isDirectory()) throw new ConfigurationError(`${path} is a folder: name a file in it for the host key`);
  // Security: like sshd, refuses a key that others can read. Windows has no such mode bits.
  if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0)
    throw new ConfigurationError(`others can read the host key ${path}: run chmod 600 ${path}`);
  return readFile(path, 'utf8');
}

async function add(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link fails if the name is taken; a rename would replace the key of the process that was first.
    await link(draft, path).catch(unlessTaken);
  } finally {
    await rm(draft, { force: true });
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}

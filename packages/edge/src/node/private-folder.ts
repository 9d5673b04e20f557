/** Folders that nobody else can look into, for sockets and files of one session. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateFolder {
  readonly path: string;
  /** Takes it away with all that is in it. */
  remove(): Promise<void>;
}

/** `mkdtemp` gives it to its owner alone. */
export async function privateFolder(): Promise<PrivateFolder> {
  const path = await mkdtemp(join(tmpdir(), 'nacre-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

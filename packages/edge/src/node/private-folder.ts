/** Folders that nobody else can look into, for the sockets and files of one session. */
import { chmod, chown, mkdir, mkdtemp, readdir, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessOwner } from './process-owner.js';

export interface PrivateFolder {
  readonly path: string;
  /**
   * Gives it to `owner`, with everything in it. Security: nothing may be created in it afterwards, where the owner could have
   * put a symbolic link.
   */
  giveTo(owner: ProcessOwner): Promise<void>;
  /** Removes it with the files in it. */
  remove(): Promise<void>;
}

/**
 * Security: it lies inside a folder that remains this process's. A new owner cannot replace it, so what `remove` deletes is in
 * it and nowhere else.
 */
export async function privateFolder(): Promise<PrivateFolder> {
  // `mkdtemp` lets only its owner in.
  const outer = await mkdtemp(join(tmpdir(), 'nacre-'));
  const path = join(outer, 'session');
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    giveTo: async ({ uid, gid }) => {
      for (const name of await readdir(path)) await chown(join(path, name), uid, gid);
      await chown(path, uid, gid);
      // Others may pass through it, but not list it.
      await chmod(outer, 0o711);
    },
    remove: async () => {
      try {
        // Each on its own: a folder among them must not keep a cookie from being removed.
        await Promise.allSettled((await readdir(path)).map((name) => unlink(join(path, name))));
        await rmdir(path);
        await rmdir(outer);
      } catch {
        // Folders that the session's programs have made in it are left: we do not walk through them.
      }
    },
  };
}

/** Folders that nobody else can look into, for sockets and files of one session. */
import { chmod, chown, mkdir, mkdtemp, readdir, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessOwner } from './process-owner.js';

export interface PrivateFolder {
  readonly path: string;
  /** Hands it over, with all that is in it by now. Security: what is made in it later would be made where somebody else may have put a link. */
  giveTo(owner: ProcessOwner): Promise<void>;
  /** Takes it away with the files that are in it. */
  remove(): Promise<void>;
}

/**
 * Security: it lies in a folder that stays this process's. Whom it is given to can put nothing in its place, so that what is taken away
 * in the end is in there, and nowhere else.
 */
export async function privateFolder(): Promise<PrivateFolder> {
  // `mkdtemp` gives it to its owner alone.
  const outer = await mkdtemp(join(tmpdir(), 'nacre-'));
  const path = join(outer, 'session');
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    giveTo: async ({ uid, gid }) => {
      for (const name of await readdir(path)) await chown(join(path, name), uid, gid);
      await chown(path, uid, gid);
      // Enough to go through, not to look around.
      await chmod(outer, 0o711);
    },
    remove: async () => {
      try {
        // Each by itself: a folder among them must not keep a cookie there.
        await Promise.allSettled((await readdir(path)).map((name) => unlink(join(path, name))));
        await rmdir(path);
        await rmdir(outer);
      } catch {
        // Folders that the session's programs have made in it are left: it is not for us to walk through them.
      }
    },
  };
}

/** Whom the program of a session runs as, where this process may choose: setuid(2), setgid(2), and no other group. */
import { ConfigurationError } from '@nacre/core';

export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

/** setuid(2): -1 stands for no change there, whatever else it is taken for. */
const MAXIMUM_ID = 2 ** 32 - 2;

/** Undefined for programs that run as this process. @throws ConfigurationError where one of the two is missing, or is no number of anybody. */
export function processOwner(uid: number | undefined, gid: number | undefined): ProcessOwner | undefined {
  if (uid === undefined && gid === undefined) return undefined;
  // Security: a program would keep the group of this process, or, in a terminal of `node-pty`, its user too.
  if (uid === undefined || gid === undefined)
    throw new ConfigurationError('runProcess takes `uid` and `gid` together: give both, or neither');
  for (const id of [uid, gid])
    // Security: `node-pty` takes -1 for no change, and what is no number for 0: both would be this process's rights, or root's.
    if (!Number.isInteger(id) || id < 0 || id > MAXIMUM_ID)
      throw new ConfigurationError(`runProcess takes whole numbers from 0 on for \`uid\` and \`gid\`, not ${id}`);
  return uid === process.geteuid?.() && gid === process.getegid?.() ? undefined : { uid, gid };
}

/**
 * Runs `work`, which starts a program at once, while this process has no groups but its own. Security: Node's `spawn` lets go of them
 * by itself, but `node-pty` leaves them to whom it starts, and on macOS it changes neither user nor group.
 */
export function withoutGroups<T>(work: () => T): T {
  const { getgroups, setgroups, platform } = process;
  if (getgroups === undefined || setgroups === undefined || platform === 'darwin')
    throw new ConfigurationError(
      'a terminal of `node-pty` runs programs only as this process here: leave `uid` out, or `pty`',
    );
  const groups = getgroups();
  setgroups([]);
  try {
    return work();
  } finally {
    setgroups(groups);
  }
}

/** The user that the program of a session runs as, if this process may choose: setuid(2), setgid(2), and no other group. */
import { ConfigurationError } from '@nacre/core';

export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

/** 2^32 - 1 is -1 to the system, which means no change. */
const MAXIMUM_ID = 2 ** 32 - 2;

/** Undefined for programs that run as this process. @throws ConfigurationError if one of the two is missing or invalid. */
export function processOwner(uid: number | undefined, gid: number | undefined): ProcessOwner | undefined {
  if (uid === undefined && gid === undefined) return undefined;
  // Security: with only one, a program would keep this process's group, or in a terminal of `node-pty` its user too.
  if (uid === undefined || gid === undefined)
    throw new ConfigurationError('runProcess takes `uid` and `gid` together: give both, or neither');
  for (const id of [uid, gid])
    // Security: `node-pty` takes -1 for no change and anything but a number for 0: this process's rights, or root's.
    if (!Number.isInteger(id) || id < 0 || id > MAXIMUM_ID)
      throw new ConfigurationError(`runProcess takes whole numbers from 0 on for \`uid\` and \`gid\`, not ${id}`);
  return uid === process.geteuid?.() && gid === process.getegid?.() ? undefined : { uid, gid };
}

/**
 * Runs `work`, which starts a program synchronously, while this process has no supplementary groups. Security: Node's `spawn`
 * drops them itself, but `node-pty` leaves them to the program, and on macOS it changes neither user nor group.
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

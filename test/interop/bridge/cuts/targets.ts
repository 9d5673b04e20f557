/** The two servers at the end of every route: OpenSSH's, and ours on Node, which runs the same programs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { accept, createServer, formatPublicKey, generateKey, type Session } from '@nacre/core';
import { permit } from '@nacre/core/forwarding';
import { forwarding, listen, runProcess } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { writeKey } from '../../keys.js';
import { temporaryFolder, type Cleanup } from '../../processes.js';
import { clientOptions, startSshd } from '../sshd.js';

export interface Target {
  readonly port: number;
  readonly user: string;
  /** For `ssh` and everything that starts it, without the route to the server. */
  readonly clientOptions: readonly string[];
}

export const TARGETS = { sshd: startSshd, nacre: startNacre } as const satisfies Record<
  string,
  (cleanup: Cleanup) => Promise<Target>
>;
export type TargetName = keyof typeof TARGETS;

/** A page and its pictures take a channel each. */
const CHANNELS = 300;
/** Where Debian, Fedora, their derivatives, and Arch have it. */
const SFTP_FOLDERS = ['/usr/lib/openssh', '/usr/libexec/openssh', '/usr/lib/ssh'];

async function startNacre(cleanup: Cleanup): Promise<Target> {
  const [hostKey, userKey] = await Promise.all(
    ['ssh-ed25519', 'ssh-ed25519'].map(() => generateKey('ssh-ed25519', { crypto: nodeCrypto })),
  );
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [hostKey!],
    limits: { connection: { channels: CHANNELS } },
    forwarding: forwarding(),
    hooks: {
      authorizedKeys: ({ user }) => (user === 'guest' ? formatPublicKey(userKey!.public) : undefined),
      forward: permit({ open: ['127.0.0.1:*'], privateAddresses: true }, accept),
    },
    session: runCommand,
  });
  const listener = await listen(server, { port: 0 });
  cleanup(() => server.close());
  cleanup(() => listener.close());
  const file = await writeKey(await temporaryFolder(cleanup), 'user', userKey!);
  return { port: listener.port, user: 'guest', clientOptions: clientOptions(file) };
}

async function runCommand(session: Session): Promise<number> {
  const { request } = session;
  if (request.type === 'exec') return runProcess(session, '/bin/sh', ['-c', request.command]);
  if (request.type !== 'subsystem' || request.name !== 'sftp') return 1;
  const programs = SFTP_FOLDERS.map((folder) => join(folder, 'sftp-server'));
  return runProcess(session, programs.find((program) => existsSync(program)) ?? 'sftp-server');
}

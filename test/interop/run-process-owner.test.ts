/** Programs that run as another user behind our server: their groups, and the agent and the display that their client lends them. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accept, type SessionHandler } from '@nacre/core';
import { runProcess, type PseudoTerminals } from '@nacre/edge/node';
import { testKey, writeKey } from './keys.js';
import { openssh, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing, start, temporaryFolder } from './processes.js';

const asRoot = test.skipIf(process.getuid?.() !== 0 || isMissing('ssh', 'ssh-agent', 'ssh-add', 'xauth'));
/** Nobody has these numbers. */
const OWNER = { uid: 41_033, gid: 41_034 };

const shell: SessionHandler = (session) => {
  const { request } = session;
  return runProcess(session, '/bin/sh', request.type === 'exec' ? ['-c', request.command] : [], OWNER);
};

/** The supplementary groups of this process must not become the program's. */
function withGroups(groups: readonly number[]): void {
  const before = process.getgroups!();
  process.setgroups!([...groups]);
  onTestFinished(() => process.setgroups!(before));
}

asRoot('Security: id -G: one group, and none of this process', async () => {
  withGroups([0, 4, 27]);
  const server = await startOurServer(onTestFinished, { session: shell });
  const { ssh } = await openssh(onTestFinished, server);
  const { stdout } = await ssh([TARGET, 'id -u; id -g; id -G']).finished;
  expect(stdout.toString()).toBe(`${OWNER.uid}\n${OWNER.gid}\n${OWNER.gid}\n`);
});

asRoot('Security: what starts a program in a terminal has no other group just then', async () => {
  withGroups([0, 4, 27]);
  const seen: number[][] = [];
  const spawn: PseudoTerminals['spawn'] = () => {
    seen.push(process.getgroups!());
    throw new Error('no terminal');
  };
  const session: SessionHandler = (it) => runProcess(it, '/bin/sh', [], { ...OWNER, pty: { spawn } });
  const server = await startOurServer(onTestFinished, { session });
  const { ssh } = await openssh(onTestFinished, server);
  await ssh(['-tt', TARGET, 'x']).finished;
  // The group of the process itself, which setgid(2) changes, is always among them.
  expect(seen).toEqual([[0]]);
  expect(process.getgroups!()).toEqual([0, 4, 27]);
});

asRoot('ssh -A: the agent’s socket is the program’s user’s, and nobody else’s', async () => {
  const server = await startOurServer(onTestFinished, { forward: () => accept, session: shell });
  const { words, folder } = await openssh(onTestFinished, server);
  const socket = join(folder, 'agent');
  await start(onTestFinished, 'ssh-agent', ['-D', '-a', socket]).printed(/SSH_AUTH_SOCK/);
  const env = { SSH_AUTH_SOCK: socket };
  await start(onTestFinished, 'ssh-add', [await writeKey(folder, 'user', await testKey('ssh-ed25519'))], { env })
    .finished;
  const own = words.map((word) => word.replace('IdentityAgent=none', 'IdentityAgent=SSH_AUTH_SOCK'));
  const modes = 'stat -c "%a %u" "$SSH_AUTH_SOCK" "$(dirname "$SSH_AUTH_SOCK")"';
  const script = `id -u; ssh-add -l; ${modes}; touch "$SSH_AUTH_SOCK.left"; echo "$SSH_AUTH_SOCK"`;
  const { stdout } = await start(onTestFinished, 'ssh', [...own, '-A', TARGET, script], { env }).finished;
  const [uid, key, agent, around, path = ''] = stdout.toString().trim().split('\n');
  expect([uid, agent, around]).toEqual([String(OWNER.uid), `600 ${OWNER.uid}`, `700 ${OWNER.uid}`]);
  expect(key).toMatch(/SHA256:.*ED25519/);
  // It is gone, together with what the program left next to it.
  expect((await start(onTestFinished, 'ls', [join(path, '..', '..')]).finished).stderr).toContain('No such file');
});

asRoot('ssh -Y: the display’s cookie is the program’s user’s', async () => {
  const folder = await temporaryFolder(onTestFinished);
  const authority = join(folder, 'authority');
  await start(onTestFinished, 'xauth', ['-f', authority, 'add', '127.0.0.1:99', 'MIT-MAGIC-COOKIE-1', 'ab'.repeat(16)])
    .finished;
  const server = await startOurServer(onTestFinished, { forward: () => accept, session: shell });
  const { words } = await openssh(onTestFinished, server);
  const env = { DISPLAY: '127.0.0.1:99', XAUTHORITY: authority };
  const command = 'stat -c "%a %u" "$XAUTHORITY"; xauth list';
  const { stdout, stderr } = await start(onTestFinished, 'ssh', [...words, '-Y', TARGET, command], { env }).finished;
  expect(stderr).toBe('');
  expect(stdout.toString()).toMatch(new RegExp(`^600 ${OWNER.uid}\n.*MIT-MAGIC-COOKIE-1`));
});

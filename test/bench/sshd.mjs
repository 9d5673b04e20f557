/** OpenSSH's sshd with a configuration of its own, on a loopback port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { remember } from './child-process.mjs';
import { descendants } from './process-figures.mjs';

/** How often a process is looked at again, in ms, and for how long. */
const POLL_INTERVAL = 10;
const PATIENCE = 10_000;

export async function startSshd(program, { folder }) {
  const port = await freePort();
  // The separated child of a root sshd lives there; distributions make it when the service starts.
  if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const config = join(folder, `sshd_config-${port}`);
  writeFileSync(config, configuration(port, folder));
  const child = remember(spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] }));
  const said = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`sshd did not start:\n${Buffer.concat(said)}`);
    return isListening(port);
  });
  return {
    port,
    pid: child.pid,
    /** Waits until the processes of past connections have ended, and their figures are the listener's. */
    settle: () => until(() => descendants(child.pid).length === 0),
    async stop() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

function configuration(port, folder) {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(folder, 'host_key')}
AuthorizedKeysFile ${join(folder, 'user_key.pub')}
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 2000
LogLevel ERROR
`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function isListening(port) {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function until(condition) {
  for (const end = Date.now() + PATIENCE; !(await condition());) {
    if (Date.now() > end) throw new Error('a process did not get there in time');
    await delay(POLL_INTERVAL);
  }
}

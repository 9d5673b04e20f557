/** The servers that are compared. Each `start` gives a fresh process. */
import { findProgram } from '../../scripts/lib/processes.mjs';
import { bundleServer } from './bundle.mjs';
import { startProgram } from './child-process.mjs';
import { cpuSeconds, proportionalBytes, residentBytes, threadSeconds } from './process-figures.mjs';
import { startSshd } from './sshd.mjs';

/** Key exchanges that all compared versions have; ML-KEM came to OpenSSH with 9.9 and is not in ssh2. */
const COMMON = ['curve25519-sha256'];
/** What OpenSSH 8.5 to 9.8 and PuTTY prefer; ssh2 lacks it. */
export const SNTRUP761 = 'sntrup761x25519-sha512@openssh.com';

/**
 * @param ssh2 the folders that `installSsh2` gave
 * @returns {{ name: string, keyExchanges: string[], isManyProcesses: boolean, start: (identities: object, flags?: string[]) => Promise<object> }[]}
 */
export function contenders(ssh2) {
  const program = findProgram('sshd');
  return [
    {
      name: 'nacre',
      keyExchanges: [...COMMON, 'mlkem768x25519-sha256', SNTRUP761],
      start: async (identities, flags) =>
        startNode(await bundleServer('nacre', identities.folder, 'node'), [], identities, flags),
    },
    { name: 'ssh2', folder: ssh2.plain },
    { name: 'ssh2 + addon', folder: ssh2.addon },
    program && {
      name: 'sshd',
      keyExchanges: [...COMMON, SNTRUP761],
      isManyProcesses: true,
      start: (identities) => startOpenssh(program, identities),
    },
  ]
    .filter((row) => row !== undefined && (row.start ?? row.folder) !== undefined)
    .map((row) => ({
      keyExchanges: COMMON,
      isManyProcesses: false,
      start: (identities, flags) => startNode('servers/ssh2.mjs', [row.folder], identities, flags),
      ...row,
    }));
}

/** A TCP server without SSH, for scale. */
export const bareTcp = {
  name: 'bare TCP',
  isBare: true,
  isManyProcesses: false,
  start: (identities, flags) => startNode('servers/bare-tcp.mjs', [], identities, flags),
};

async function startNode(path, words, { hostKey, authorizedKey }, flags) {
  const program = startProgram(path, words, flags);
  const { port } = await program.ask({ type: 'start', hostKey, authorizedKey });
  return {
    port,
    cpuSeconds: async () => threadSeconds(program.pid),
    memory: async () => residentBytes(program.pid),
    collectGarbage: () => program.ask({ type: 'collect' }),
    stop: () => program.stop(),
  };
}

async function startOpenssh(program, identities) {
  const sshd = await startSshd(program, identities);
  return {
    port: sshd.port,
    cpuSeconds: async () => {
      await sshd.settle();
      return cpuSeconds(sshd.pid);
    },
    memory: async () => proportionalBytes(sshd.pid),
    collectGarbage: async () => undefined,
    stop: () => sshd.stop(),
  };
}

/** Server CPU for bulk data, with stock `ssh` as the client of every server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureRounds } from './rounds.mjs';

const MAC = 'hmac-sha2-256-etm@openssh.com';
export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
];
/** The one that everybody has: what a login costs is measured apart. */
const KEY_EXCHANGE = 'curve25519-sha256';

/** @returns rows of `{ label, samples }`, as `measureRounds` does, with a list for each contender */
export function measureBulk(contenders, identities, sizes) {
  const start = async (cipher) => {
    const servers = await Promise.all(contenders.map((contender) => contender.start(identities)));
    return {
      contenders: servers.map((server, index) => ({
        cpuSeconds: () => server.cpuSeconds(),
        transfer: (direction, bytes) => runSsh(server.port, identities, { cipher, direction, bytes }),
        needsWarmUp: !contenders[index].isManyProcesses,
      })),
      stop: () => Promise.all(servers.map((server) => server.stop())),
    };
  };
  const label = (cipher) => (cipher === 'aes128-ctr' ? `${cipher}, ${MAC.split('@')[0]}` : cipher.split('@')[0]);
  return measureRounds(CIPHERS, { ...sizes, start, label });
}

/** `command` for servers that do not know the usual ones. */
export async function runSsh(port, { folder, user }, { cipher, direction, bytes, command }) {
  const input = direction === 'up' ? openSync(zeroFile(folder, bytes), 'r') : undefined;
  const words = [
    ['-F', 'none', '-p', String(port), '-l', user, '-i', join(folder, 'user_key')],
    ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentityAgent=none'],
    ['-o', 'LogLevel=ERROR', '-o', 'BatchMode=yes', '-o', 'Compression=no', '-c', cipher, '-m', MAC],
    ['-o', `KexAlgorithms=${KEY_EXCHANGE}`],
    ['127.0.0.1', command ?? (direction === 'up' ? 'cat > /dev/null' : `head -c ${bytes} /dev/zero`)],
  ].flat();
  const child = spawn('ssh', words, { stdio: [input ?? 'ignore', 'ignore', 'inherit'] });
  if (input !== undefined) closeSync(input);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`ssh with ${cipher} ${direction} ended with status ${status}`);
}

/** A file of zeros that takes no room on the disk. */
function zeroFile(folder, bytes) {
  const path = join(folder, `zeros-${bytes}`);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

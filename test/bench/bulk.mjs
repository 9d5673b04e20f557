/** Server CPU for bulk data, with stock `ssh` as the client of every server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAC = 'hmac-sha2-256-etm@openssh.com';
export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
];
/** The one that everybody has: what a login costs is measured apart. */
const KEY_EXCHANGE = 'curve25519-sha256';
const DIRECTIONS = ['down', 'up'];
const GIGABYTE = 1e9;

/**
 * How well a process comes to run is luck, of its compiler and its heap, and stays with it: so each cipher has several, one after another.
 * @returns rows of `{ label, samples }`: seconds per GB in each round of each process, a list for each contender
 */
export async function measureBulk(contenders, identities, { processes, progress, ...sizes }) {
  const rows = [];
  for (const cipher of CIPHERS) {
    const samples = DIRECTIONS.map(() => contenders.map(() => []));
    for (let count = 1; count <= processes; count += 1) {
      progress(`${cipher}, process ${count} of ${processes}`);
      const servers = await Promise.all(contenders.map((contender) => contender.start(identities)));
      for (const [index, direction] of DIRECTIONS.entries()) {
        const transfer = (server, bytes) => runSsh(server.port, identities, { cipher, direction, bytes });
        await takeTurns(contenders, servers, transfer, samples[index], sizes);
      }
      await Promise.all(servers.map((server) => server.stop()));
    }
    const name = cipher === 'aes128-ctr' ? `${cipher}, ${MAC.split('@')[0]}` : cipher.split('@')[0];
    rows.push(...DIRECTIONS.map((direction, index) => ({ label: `${name} ${direction}`, samples: samples[index] })));
  }
  return rows;
}

/**
 * What else the machine does falls on all of them. They are warm after some connections, not some bytes: what V8 has compiled for the objects
 * of the first one it compiles again for those of the next ones.
 */
async function takeTurns(contenders, servers, transfer, samples, { bytes, warmUps, rounds }) {
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [index, server] of servers.entries()) {
      // A process for each connection is as it comes.
      if (round < 0 && contenders[index].isManyProcesses) continue;
      const before = await server.cpuSeconds();
      await transfer(server, bytes);
      if (round >= 0) samples[index].push(((await server.cpuSeconds()) - before) / (bytes / GIGABYTE));
    }
  }
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

/** The programs on the other side, each with everything that it supports switched on, and how one of them copies bytes. */
import { spawnSync } from 'node:child_process';
import type { PrivateKey } from '@nacre/core';
import { dbclient, plink, type Login } from '../clients.js';
import { testKey, writeKey } from '../keys.js';
import { openssh, TARGET } from '../openssh.js';
import type { OurServer } from '../our-server.js';
import { isMissing, type Cleanup, type Finished } from '../processes.js';
import { canRunServers, startDropbear, startSshd, USER } from '../stock-servers.js';
import type { Abilities } from './cases.js';
import { isParamikoMissing, startParamikoClient, startParamikoServer, type ParamikoClient } from './paramiko.js';
import { probeClient, probeServer } from './probe.js';

/** A client that logs in to our server as `keys` and has a command copy its input. */
export interface ClientPeer {
  /** Sends `input` through `cat` and returns what came back. */
  copy(cleanup: Cleanup, server: OurServer, userKey: PrivateKey, input: Buffer): Promise<Buffer>;
  readonly abilities: Abilities;
}

export interface ServerPeer {
  readonly port: number;
  readonly user: string;
  readonly abilities: Abilities;
}

/** All names that OpenSSH knows of a kind, as the value of an option. */
const query = (kind: string): string =>
  spawnSync('ssh', ['-Q', kind], { encoding: 'utf8' }).stdout.trim().replaceAll('\n', ',');

function opensshOptions(): readonly (readonly [string, string])[] {
  return [
    ['KexAlgorithms', query('kex')],
    ['Ciphers', query('cipher')],
    ['MACs', query('mac')],
    ['HostKeyAlgorithms', query('HostKeyAlgorithms')],
    ['PubkeyAcceptedAlgorithms', query('PubkeyAcceptedAlgorithms')],
  ];
}

/** In a batch PuTTY refuses what is listed after WARN, so nothing is. */
const PLINK_SETTINGS = [
  'Cipher=aesgcm,aes,chacha20,3des,blowfish,des,arcfour,WARN',
  `KEX=ntru-curve25519,ecdh,dh-gex-sha1,${[18, 17, 16, 15].map((group) => `dh-group${group}-sha512,`).join('')}dh-group14-sha1,dh-group1-sha1,rsa,WARN`,
  'HostKey=ed448,ed25519,ecdsa,rsa,dsa,WARN',
];

const withKey = (key: PrivateKey): Login => ({ user: 'keys', key });

function output({ code, stdout, stderr }: Finished): Buffer {
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return stdout;
}

/** A server with nothing behind it, for a client that only shows its KEXINIT. */
async function nobody(port: number): Promise<OurServer> {
  return { port, hostKeys: [await testKey('ssh-ed25519')], connections: [] };
}

async function opensshClient(): Promise<ClientPeer> {
  const words = opensshOptions().flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const client = (cleanup: Cleanup, server: OurServer) => openssh(cleanup, server, 'keys');
  return {
    abilities: await probeClient(async (port, cleanup) =>
      (await client(cleanup, await nobody(port))).ssh([...words, TARGET, 'cat']),
    ),
    async copy(cleanup, server, userKey, input) {
      const { ssh, folder } = await client(cleanup, server);
      const identity = ['-i', await writeKey(folder, 'user', userKey), '-o', 'BatchMode=yes'];
      return output(await ssh([...words, ...identity, TARGET, 'cat'], { input }).finished);
    },
  };
}

async function plinkClient(): Promise<ClientPeer> {
  return {
    abilities: await probeClient(async (port, cleanup) =>
      (await plink(cleanup, await nobody(port), { user: 'keys' }, PLINK_SETTINGS)).run(['cat']),
    ),
    async copy(cleanup, server, userKey, input) {
      const client = await plink(cleanup, server, withKey(userKey), PLINK_SETTINGS);
      return output(await (await client.run(['cat'], { input })).finished);
    },
  };
}

async function dropbearClient(): Promise<ClientPeer> {
  return {
    abilities: await probeClient(async (port, cleanup) =>
      (await dbclient(cleanup, await nobody(port), { user: 'keys' })).run(['cat']),
    ),
    async copy(cleanup, server, userKey, input) {
      const client = await dbclient(cleanup, server, withKey(userKey));
      return output(await (await client.run(['cat'], { input })).finished);
    },
  };
}

async function paramikoClient(cleanup: Cleanup): Promise<ClientPeer> {
  const client: ParamikoClient = await startParamikoClient(cleanup);
  const key = await testKey('ssh-ed25519');
  const probe = async (port: number) => {
    void client.copy(port, key, key, Buffer.alloc(0)).catch(() => undefined);
    return client.running;
  };
  return {
    abilities: await probeClient(probe),
    async copy(_cleanup, { port, hostKeys }, userKey, input) {
      await client.copy(port, hostKeys[0]!, userKey, input);
      return input;
    },
  };
}

async function sshd(cleanup: Cleanup): Promise<ServerPeer> {
  const lines = opensshOptions().map(([name, value]) => `${name} ${value}`);
  const { port } = await startSshd(cleanup, [...lines, 'Compression yes']);
  return { port, user: USER, abilities: await probeServer(port) };
}

async function dropbear(cleanup: Cleanup): Promise<ServerPeer> {
  const { port } = await startDropbear(cleanup);
  const abilities = await probeServer(port);
  // It has fewer host keys than it knows types.
  return { port, user: USER, abilities: { ...abilities, userKeys: [...abilities.userKeys, 'ecdsa-sha2-nistp384'] } };
}

async function paramikoServer(cleanup: Cleanup): Promise<ServerPeer> {
  const port = await startParamikoServer(cleanup);
  return { port, user: 'keys', abilities: await probeServer(port) };
}

interface Program<P> {
  readonly name: string;
  readonly isMissing: boolean;
  readonly start: (cleanup: Cleanup) => Promise<P>;
}

export const CLIENTS: readonly Program<ClientPeer>[] = [
  { name: 'ssh', isMissing: isMissing('ssh'), start: opensshClient },
  { name: 'plink', isMissing: isMissing('plink', 'puttygen'), start: plinkClient },
  { name: 'dbclient', isMissing: isMissing('dbclient', 'dropbearconvert'), start: dropbearClient },
  { name: 'paramiko’s client', isMissing: isParamikoMissing, start: paramikoClient },
];

export const SERVERS: readonly Program<ServerPeer>[] = [
  { name: 'sshd', isMissing: !canRunServers || isMissing('sshd', 'ssh'), start: sshd },
  { name: 'dropbear', isMissing: !canRunServers || isMissing('dropbear', 'dropbearconvert'), start: dropbear },
  { name: 'paramiko’s server', isMissing: isParamikoMissing, start: paramikoServer },
];

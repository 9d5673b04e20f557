/** Group J, RFC 4254 §4, §6.3 and §7: global requests and forwarding that were not allowed, or not in this form. W38. */
import { accept } from '@nacre/core';
import { forwarding, permit, type Sockets } from '@nacre/core/forwarding';
import { memoryLinks } from '@nacre/core/testing';
import { expect } from 'vitest';
import { bytes, concat, str, uint32 } from '../bytes.js';
import type { Case, CaseOptions } from '../case.js';
import type { RawPeer } from '../raw-peer.js';

/** What was asked of the system. */
const touched: string[] = [];
/** Names as a resolver accepts them, including the odd forms of an address. */
const ADDRESSES: Readonly<Record<string, string>> = {
  '0x7f000001': '127.0.0.1',
  '2130706433': '127.0.0.1',
  '0': '0.0.0.0',
  'localhost.': '127.0.0.1',
  'rebinding.example': '10.0.0.1',
};

const sockets: Sockets = {
  resolve: (host) => {
    touched.push(`resolve ${host}`);
    return Promise.resolve([ADDRESSES[host] ?? host]);
  },
  connectTcp: (address, port) => {
    touched.push(`connect ${address} ${port}`);
    return Promise.resolve(memoryLinks()[0]);
  },
  connectUnix: (path) => {
    touched.push(`connect ${path}`);
    return Promise.resolve(memoryLinks()[0]);
  },
  listenTcp: (host, port) => {
    touched.push(`listen ${host} ${port}`);
    return Promise.resolve({ port: port === 0 ? 40_000 + touched.length : port, close: () => undefined });
  },
  listenUnix: (path) => {
    touched.push(`listen ${path}`);
    return Promise.resolve({ close: () => undefined });
  },
};

const able: CaseOptions = { server: { forwarding: forwarding({ sockets }) } };
const allowing: CaseOptions = {
  calls: Array.from({ length: 40 }, () => 'forward'),
  server: { forwarding: forwarding({ sockets }), hooks: { none: () => accept, forward: () => accept } },
};

const direct = (host: string, port: number): Uint8Array => concat(str(host), uint32(port), str('127.0.0.1'), uint32(9));

/** Opens a channel; it is refused with `reason`, and the system is not touched. */
const refused = (name: string, type: string, fields: Uint8Array, reason: number, options: CaseOptions = able): Case => [
  name,
  async (peer) => {
    await peer.login();
    touched.length = 0;
    const answer = await peer.ask(92, [90], str(type), uint32(5), uint32(2 ** 20), uint32(2 ** 15), fields);
    expect(answer.subarray(0, 9)).toEqual(concat([92], uint32(5), uint32(reason)));
    expect(touched.filter((what) => !what.startsWith('resolve'))).toEqual([]);
    if (options === able) expect(touched).toEqual([]);
  },
  undefined,
  options,
];

async function asks(peer: RawPeer, answer: 81 | 82, name: string, fields: Uint8Array): Promise<void> {
  await peer.ask(answer, [80], str(name), [1], fields);
}

/** A global request that is refused, and the system is not touched. */
const unanswered = (name: string, request: string, fields: Uint8Array, options: CaseOptions = able): Case => [
  name,
  async (peer) => {
    await peer.login();
    touched.length = 0;
    await asks(peer, 82, request, fields);
    expect(touched).toEqual([]);
  },
  undefined,
  options,
];

/** Fields that are cut short. */
const cut = (name: string, payload: Uint8Array): Case => [
  `${name} cut short`,
  async (peer) => {
    await peer.login();
    peer.send(payload);
  },
  2,
  able,
];

const HOSTS: readonly (readonly [string, number])[] = [
  ['127.0.0.1', 80],
  ['::1', 80],
  ['::ffff:127.0.0.1', 80],
  ['169.254.169.254', 80],
  ['0x7f000001', 80],
  ['0', 80],
  ['localhost.', 80],
  ['example.com', 0],
  ['example.com', 65_558],
];
const rules: CaseOptions = {
  calls: ['forward'],
  server: {
    forwarding: forwarding({ sockets }),
    hooks: { none: () => accept, forward: permit({ open: ['*:*'], listen: ['8080'] }, accept) },
  },
};
const opening = (type: string, fields: Uint8Array): Uint8Array =>
  concat([90], str(type), uint32(5), uint32(2 ** 20), uint32(2 ** 15), fields);
const x11 = (protocol: string, cookie: string): Uint8Array => concat([0], str(protocol), str(cookie), uint32(0));

/** A request on a session that is refused. */
const unforwarded = (name: string, type: string, fields: Uint8Array, options: CaseOptions): Case => [
  name,
  async (peer) => {
    await peer.login();
    await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 20), uint32(2 ** 15));
    await peer.ask(100, [98], uint32(0), str(type), [1], fields);
  },
  undefined,
  options,
];

export const forwardingCases: readonly Case[] = [
  ...HOSTS.map(([host, port]) => refused(`W38 direct-tcpip to ${host}:${port}`, 'direct-tcpip', direct(host, port), 1)),
  ...HOSTS.map(([host, port]) =>
    refused(
      `direct-tcpip to ${host}:${port} by a rule for whatever is public`,
      'direct-tcpip',
      direct(host, port),
      1,
      rules,
    ),
  ),
  refused(
    'direct-tcpip to a name that stands for a private address',
    'direct-tcpip',
    direct('rebinding.example', 80),
    1,
    rules,
  ),
  ...['', 'a'.repeat(256), 'a\0b', 'a b', 'a\nb'].map((host) =>
    refused(
      `direct-tcpip to ${JSON.stringify(host.slice(0, 9))} is asked of nobody`,
      'direct-tcpip',
      direct(host, 80),
      1,
      {
        ...allowing,
        calls: [],
      },
    ),
  ),
  ...['', 'a\0b', `/${'a'.repeat(200)}`].map((path) =>
    refused(
      `direct-streamlocal to ${JSON.stringify(path.slice(0, 9))} is asked of nobody`,
      'direct-streamlocal@openssh.com',
      concat(str(path), str(''), uint32(0)),
      1,
      { ...allowing, calls: [] },
    ),
  ),
  refused(
    'direct-streamlocal',
    'direct-streamlocal@openssh.com',
    concat(str('/run/docker.sock'), str(''), uint32(0)),
    1,
  ),
  refused('forwarded-tcpip, which is the server’s to open', 'forwarded-tcpip', direct('a', 1), 3),
  refused('auth-agent@openssh.com, which is the server’s to open', 'auth-agent@openssh.com', bytes(''), 3),
  refused('x11, which is the server’s to open', 'x11', concat(str('a'), uint32(1)), 3),
  refused('direct-tcpip where nothing is ever forwarded', 'direct-tcpip', direct('127.0.0.1', 80), 1, {}),
  cut('direct-tcpip', opening('direct-tcpip', direct('a', 1).subarray(0, 7))),
  cut('direct-tcpip with too much behind it', opening('direct-tcpip', concat(direct('a', 1), [0]))),
  cut('direct-streamlocal@openssh.com', opening('direct-streamlocal@openssh.com', str('/a'))),
  cut('tcpip-forward', concat([80], str('tcpip-forward'), [1], str('a'))),
  cut('cancel-tcpip-forward', concat([80], str('cancel-tcpip-forward'), [1], str('a'))),
  cut('streamlocal-forward@openssh.com', concat([80], str('streamlocal-forward@openssh.com'), [1], uint32(99))),
  unanswered('tcpip-forward', 'tcpip-forward', concat(str(''), uint32(0))),
  unanswered('tcpip-forward to a port that no rule names', 'tcpip-forward', concat(str(''), uint32(22)), rules),
  unanswered('tcpip-forward to port 65,558', 'tcpip-forward', concat(str(''), uint32(65_558)), {
    ...allowing,
    calls: [],
  }),
  unanswered('streamlocal-forward@openssh.com', 'streamlocal-forward@openssh.com', str('/tmp/x')),
  unanswered('cancel-tcpip-forward of what was never listened at', 'cancel-tcpip-forward', concat(str(''), uint32(1)), {
    ...allowing,
    calls: [],
  }),
  unforwarded('auth-agent-req@openssh.com', 'auth-agent-req@openssh.com', bytes(''), able),
  unforwarded('x11-req', 'x11-req', x11('MIT-MAGIC-COOKIE-1', '00'.repeat(16)), able),
  ...['xyz', '', '0', '00\n', '00'.repeat(200)].map((cookie) =>
    unforwarded(
      `x11-req with the cookie ${JSON.stringify(cookie.slice(0, 9))}`,
      'x11-req',
      x11('MIT-MAGIC-COOKIE-1', cookie),
      {
        ...allowing,
        calls: [],
      },
    ),
  ),
  unforwarded('x11-req with a protocol that breaks a line', 'x11-req', x11('A\nB', '00'), { ...allowing, calls: [] }),
  [
    'so many places are listened at, and no more',
    async (peer) => {
      await peer.login();
      touched.length = 0;
      for (let port = 1; port <= 32; port += 1) await asks(peer, 81, 'tcpip-forward', concat(str('a'), uint32(port)));
      await asks(peer, 82, 'tcpip-forward', concat(str('a'), uint32(33)));
      expect(touched.length).toBe(32);
    },
    undefined,
    allowing,
  ],
  [
    'no-more-sessions@openssh.com, and then one more',
    async (peer) => {
      await peer.echo();
      peer.send([80], str('no-more-sessions@openssh.com'), [0]);
      peer.send([90], str('session'), uint32(1), uint32(0), uint32(1024));
    },
    2,
  ],
  [
    'global requests with names that nobody knows are refused, each in its turn',
    async (peer) => {
      await peer.login();
      for (const name of ['', 'x@y', 'a'.repeat(1000), '__proto__', 'hostkeys-00@openssh.com'])
        await asks(peer, 82, name, bytes('x'));
    },
    undefined,
  ],
];

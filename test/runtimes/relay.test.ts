/** docs/relay-protocol.md, A relay at the edge: in workerd, with stock ssh through `ssh-bridge proxy`, and sshd behind hosts. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { accept, createServer } from '@nacre/core';
import { deferred } from '../../packages/bridge/src/testing/sockets.js';
import { hostInTab, type HostState } from '../../packages/web-terminal/src/host-in-tab.js';
import { useBridge } from '../interop/bridge/bridge.js';
import { startChopper, WHOLE } from '../interop/bridge/chopper.js';
import { startSshd, type Sshd } from '../interop/bridge/sshd.js';
import { isMissing, start, type Finished, type Running } from '../interop/processes.js';
import { collectUndos } from './playground-process.js';
import {
  HOST_TOKEN,
  leadTo,
  ORIGIN,
  registerHost,
  startRelayWorker,
  VISITOR_TOKEN,
  type Host,
  type RelayWorker,
} from './relay/relay-worker.js';

const bridge = useBridge();
const undos = collectUndos();
let relay: number;
let worker: RelayWorker;
let sshd: Sshd;

beforeAll(async () => {
  worker = await startRelayWorker(undos.add);
  relay = worker.port;
  sshd = await startSshd(undos.add);
});
afterAll(undos.run);

/** Stock ssh to a name, through `port`. */
function ssh(name: string, words: readonly string[], input?: Uint8Array | string, port = relay): Running {
  const command = `${process.execPath} ${bridge.path} proxy ws://127.0.0.1:${port}/${name}`;
  const all = [...sshd.clientOptions, '-o', `ProxyCommand=${command}`, `${sshd.user}@${name}`, ...words];
  const running = start(onTestFinished, 'ssh', all, { env: { SSH_BRIDGE_TOKEN: VISITOR_TOKEN } });
  if (input !== undefined) running.child.stdin.end(input);
  return running;
}

function host(name: string, target: () => number = () => sshd.port, links = relay): Promise<Host> {
  return registerHost(onTestFinished, relay, name, leadTo(target, links, name));
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const shown = ({ code, stdout, stderr }: Finished): unknown => [code, stdout.toString(), stderr];
const MEGABYTES = 16 * 2 ** 20;

describe.skipIf(isMissing('ssh', 'sshd', 'ssh-keygen'))('stock ssh', () => {
  test('a command, its input, both outputs and its status', async () => {
    await host('command');
    const { finished } = ssh('command', ['cat; echo err >&2; exit 7'], 'through');
    expect(shown(await finished)).toEqual([7, 'through', 'err\n']);
  });

  test('16 MiB each way are as they were', async () => {
    await host('bulk');
    const bytes = randomBytes(MEGABYTES);
    const { code, stdout } = await ssh('bulk', ['cat'], bytes).finished;
    expect([code, digest(stdout)]).toEqual([0, digest(bytes)]);
  });

  test('a server in a tab is a host as any other', async () => {
    const server = createServer({
      policy: { rootLogin: true },
      hooks: { none: () => accept },
      session: (session) => session.print('a tab\n'),
    });
    const registered = deferred<HostState>();
    const tab = hostInTab(server, {
      relay: `ws://127.0.0.1:${relay}/tab/host`,
      token: HOST_TOKEN,
      onState: (state) => state.phase === 'registered' && registered.resolve(state),
      createSocket: (url, protocols) => new WebSocket(url, protocols, { origin: ORIGIN, perMessageDeflate: false }),
    });
    onTestFinished(() => tab.close());
    expect(await registered.promise).toEqual({ phase: 'registered', sshPort: relay });
    expect(shown(await ssh('tab', [], '').finished)).toEqual([0, 'a tab\n', expect.anything()]);
  });

  test('two names are two hosts', async () => {
    const other = await startSshd(onTestFinished);
    await Promise.all([host('one'), host('two', () => other.port)]);
    const ports = ['one', 'two'].map(async (name) => {
      // Each has keys of its own, so only its own sshd lets this one in.
      const options = name === 'one' ? sshd.clientOptions : other.clientOptions;
      const command = `${process.execPath} ${bridge.path} proxy ws://127.0.0.1:${relay}/${name}`;
      const words = [...options, '-o', `ProxyCommand=${command}`, `${sshd.user}@${name}`, 'echo $SSH_CONNECTION'];
      const { finished } = start(onTestFinished, 'ssh', words, { input: '', env: { SSH_BRIDGE_TOKEN: VISITOR_TOKEN } });
      return (await finished).stdout.toString().trim().split(' ').at(-1);
    });
    expect(await Promise.all(ports)).toEqual([String(sshd.port), String(other.port)]);
  });

  test('a host that goes and comes back; what was open when it went goes on', async () => {
    const first = await host('returns');
    const open = ssh('returns', ['echo begun; cat']);
    await open.printed(/begun/);
    first.control.close(1000);
    await first.closed;
    expect(shown(await ssh('returns', ['true'], '').finished)).toEqual([
      255,
      '',
      expect.stringContaining('no host is registered here'),
    ]);
    await host('returns');
    expect(shown(await ssh('returns', ['echo back'], '').finished)).toEqual([0, 'back\n', '']);
    open.child.stdin.end('all the while');
    expect(shown(await open.finished)).toEqual([0, 'begun\nall the while', '']);
  });

  test('links of both sides that are cut at random: every byte arrives, in its place', async () => {
    // Of the 32 MiB there and back no link carries more than this.
    const cutting = { bytes: [400_000, 4_000_000] } as const;
    const visitors = await startChopper(onTestFinished, () => relay, { seed: 3, ...cutting });
    const hosts = await startChopper(onTestFinished, () => relay, { seed: 4, ...cutting });
    await host('cut', () => sshd.port, hosts.port);
    const bytes = randomBytes(MEGABYTES);
    const { code, stdout, stderr } = await ssh('cut', ['cat'], bytes, visitors.port).finished;
    expect([code, digest(stdout)], stderr).toEqual([0, digest(bytes)]);
    const most = Math.floor((2 * MEGABYTES) / 4_000_000);
    expect([visitors.cuts() >= most, hosts.cuts() >= most]).toEqual([true, true]);
  });

  test('links of both sides that are cut while ssh waits for input: it goes on', async () => {
    const visitors = await startChopper(onTestFinished, () => relay, WHOLE);
    const hosts = await startChopper(onTestFinished, () => relay, WHOLE);
    await host('idle', () => sshd.port, hosts.port);
    const open = ssh('idle', ['echo begun; cat'], undefined, visitors.port);
    await open.printed(/begun/);
    for (const [line, chopper] of [
      ['one', visitors],
      ['two', hosts],
    ] as const) {
      chopper.cutAll();
      open.child.stdin.write(`${line}\n`);
      await open.printed(new RegExp(line));
    }
    open.child.stdin.end();
    expect(shown(await open.finished)).toEqual([0, 'begun\none\ntwo\n', expect.anything()]);
    expect([visitors.cuts(), hosts.cuts()]).not.toContain(0);
  });

  test('a session outlives the process of its object', async () => {
    await host('restarts');
    const open = ssh('restarts', ['echo begun; cat']);
    await open.printed(/begun/);
    await worker.restart();
    open.child.stdin.end('all the while');
    expect(shown(await open.finished)).toEqual([0, 'begun\nall the while', expect.stringContaining('goes on')]);
  });

  test('an idle session, and the registration, outlive the sleep of their object', async () => {
    await host('sleeps');
    const open = ssh('sleeps', ['while read time; do sleep $time; echo $time later; done; echo over']);
    // It sleeps once it has been idle for 10 s, and on a busy machine later.
    for (const time of [12, 20, 40]) {
      open.child.stdin.write(`${time}\n`);
      await open.printed(new RegExp(`${time} later`));
      if (worker.said.includes('awake with 3 sockets')) break;
    }
    await expect.poll(() => worker.said).toContain('awake with 3 sockets');
    open.child.stdin.end();
    expect(shown(await open.finished)).toEqual([0, expect.stringMatching(/^(\d+ later\n)+over\n$/), '']);
    expect(shown(await ssh('sleeps', ['echo again'], '').finished)).toEqual([0, 'again\n', '']);
  });
});

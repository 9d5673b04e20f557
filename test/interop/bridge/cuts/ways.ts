/** The routes that the command offers from an ssh client to a server, with a chopper on each of their WebSockets. */
import type { ChildProcess } from 'node:child_process';
import { start, type Cleanup } from '../../processes.js';
import { startChopper, type Chopper, type ChopperOptions } from '../chopper.js';
import { registerHost } from './registered-host.js';
import { TARGETS, type TargetName } from './targets.js';

/** From the client's side: what it starts or dials, `serve`, and a relay with its host. */
const ROWS = {
  'proxy, serve': { client: 'proxy', isServed: true, isRelayed: false, target: 'sshd' },
  'listen, serve': { client: 'listen', isServed: true, isRelayed: false, target: 'nacre' },
  relay: { client: 'dials', isServed: false, isRelayed: true, target: 'nacre' },
  'proxy, serve, relay': { client: 'proxy', isServed: true, isRelayed: true, target: 'nacre' },
  'listen, serve, relay': { client: 'listen', isServed: true, isRelayed: true, target: 'sshd' },
} as const satisfies Record<string, Row>;

interface Row {
  readonly client: 'proxy' | 'listen' | 'dials';
  readonly isServed: boolean;
  readonly isRelayed: boolean;
  readonly target: TargetName;
}

export type WayName = keyof typeof ROWS;
export const WAYS = Object.keys(ROWS) as WayName[];

export interface WayOptions {
  /** The command as one file. */
  readonly bundle: string;
  readonly chopping: ChopperOptions;
  /** Whether a link that is cut is followed by another. */
  readonly isResumed: boolean;
  /** For what runs the command. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Way {
  /** For `ssh` and everything that starts it. */
  readonly clientOptions: readonly string[];
  readonly destination: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether the client has a `proxy` of ours, whose complaint it shows. */
  readonly hasProxy: boolean;
  cuts(): number;
  /** When the first link was cut, by `performance.now()`. */
  firstCut(): number | undefined;
}

const TOKEN = 'a-token-for-tests-of-32-characters';

export async function openWay(cleanup: Cleanup, name: WayName, options: WayOptions): Promise<Way> {
  const { client, isServed, isRelayed, target: targetName } = ROWS[name];
  const target = await TARGETS[targetName](cleanup);
  const choppers: Chopper[] = [];
  let { port } = target;
  if (isRelayed) port = await relayTo(cleanup, port, options, choppers);
  if (isServed) port = await serveTo(cleanup, port, options, choppers);
  const url = `ws://127.0.0.1:${port}/`;
  const resume = options.isResumed ? [] : ['--no-resume'];
  if (client === 'listen') ({ port } = await run(cleanup, options, ['listen', '0', ...resume, url]));
  const way =
    client === 'proxy'
      ? [`ProxyCommand=${[process.execPath, options.bundle, 'proxy', ...resume, url].join(' ')}`]
      : ['HostName=127.0.0.1', `Port=${port}`];
  return {
    clientOptions: [...target.clientOptions, ...way.flatMap((option) => ['-o', option])],
    destination: `${target.user}@target`,
    env: { SSH_BRIDGE_TOKEN: TOKEN, ...options.env },
    hasProxy: client === 'proxy',
    cuts: () => choppers.reduce((sum, chopper) => sum + chopper.cuts(), 0),
    firstCut: () => choppers.map((chopper) => chopper.firstCut()).find((time) => time !== undefined),
  };
}

/** @returns the port where WebSockets to it arrive, cut */
async function serveTo(cleanup: Cleanup, target: number, options: WayOptions, choppers: Chopper[]): Promise<number> {
  let port = 0;
  const chopper = await startChopper(cleanup, () => port, options.chopping);
  choppers.push(chopper);
  const words = ['serve', '--listen=0', `--to=127.0.0.1:${target}`, `--allow-host=127.0.0.1:${chopper.port}`];
  ({ port } = await run(cleanup, options, words));
  return chopper.port;
}

/** @returns the port where ssh clients of the relay arrive, whose host's links are cut */
async function relayTo(cleanup: Cleanup, target: number, options: WayOptions, choppers: Chopper[]): Promise<number> {
  const { seed, ...lives } = options.chopping;
  let relay = 0;
  const chopper = await startChopper(cleanup, () => relay, { seed: seed + 1, ...lives });
  choppers.push(chopper);
  const words = ['relay', '--http=0', '--ssh=0', `--allow-host=127.0.0.1:${chopper.port}`];
  const { port, httpPort = 0 } = await run(cleanup, options, words);
  relay = httpPort;
  await registerHost(cleanup, { relay, links: chopper.port, target, isResumed: options.isResumed });
  return port;
}

/** What a verb prints when it is ready for clients. */
interface Announcement {
  readonly port: number;
  readonly httpPort?: number;
  readonly metricsPort?: number;
}

export interface RunningVerb extends Announcement {
  readonly child: ChildProcess;
}

/** A verb that listens, as a process. */
export async function run(
  cleanup: Cleanup,
  { bundle, env }: Pick<WayOptions, 'bundle' | 'env'>,
  words: readonly string[],
): Promise<RunningVerb> {
  const running = start(cleanup, process.execPath, [bundle, ...words, '--log-format=json'], {
    env: { SSH_BRIDGE_TOKEN: TOKEN, ...env },
  });
  const [line = ''] = (await running.printed(/"listening".*\n/)).split('\n');
  return { ...(JSON.parse(line) as Announcement), child: running.child };
}

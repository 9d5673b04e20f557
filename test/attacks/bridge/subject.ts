/** The bridge under attack: a gateway in this process, or one launched as its users do; the target behind either counts its visitors. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { serve, type ServeOptions } from '../../../packages/bridge/src/serve/serve.js';
import type { ServeLists } from '../../../packages/bridge/src/serve/setting.js';
import { linkMetrics } from '../../../packages/bridge/src/metrics/link-metrics.js';
import { formatMetrics } from '../../../packages/bridge/src/metrics/text-format.js';
import { start, type Cleanup } from '../../interop/processes.js';

export interface Bridge {
  readonly port: number;
  /** As Host says it. */
  readonly host: string;
  readonly token: string;
  readonly targetPort: number;
  /** Connections that have reached the target. */
  readonly reached: readonly Socket[];
  /** Everything that it has written: log records, at their loudest, and metrics. */
  said(): Promise<string>;
  /** Of the process; undefined where it is this one. */
  readonly pid: number | undefined;
}

export type Profile = Omit<ServeLists, 'token'> & {
  readonly token?: false;
  /** Without the fixed target only the lists say where links may lead. */
  readonly isListed?: true;
  /** How long a request may take, in ms; a launched bridge has its own. */
  readonly requestTimeout?: number;
};

export type OnTarget = (socket: Socket) => void;
export type Launch = (cleanup: Cleanup, profile: Profile, onTarget?: OnTarget) => Promise<Bridge>;

const echo: OnTarget = (socket) => void socket.pipe(socket);

interface Target {
  readonly targetPort: number;
  readonly reached: Socket[];
}

async function startTarget(cleanup: Cleanup, onTarget: OnTarget): Promise<Target> {
  const reached: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    reached.push(socket);
    socket.on('error', () => undefined);
    onTarget(socket);
  }).listen(0, '127.0.0.1');
  cleanup(() => {
    server.close();
    for (const socket of reached) socket.destroy();
  });
  await once(server, 'listening');
  return { targetPort: (server.address() as AddressInfo).port, reached };
}

export const inProcess: Launch = async (cleanup, { isListed, requestTimeout, ...lists }, onTarget = echo) => {
  const { targetPort, reached } = await startTarget(cleanup, onTarget);
  const records: unknown[] = [];
  const options: ServeOptions = {
    ...lists,
    listen: { host: '127.0.0.1', port: 0 },
    to: isListed ? undefined : { kind: 'tcp', host: '127.0.0.1', port: targetPort },
    limits: requestTimeout === undefined ? {} : { requestTimeout },
    log: (...record) => records.push(record),
  };
  const running = await serve(options);
  cleanup(() => running.close());
  return {
    port: running.port,
    host: `127.0.0.1:${running.port}`,
    token: running.token ?? '',
    targetPort,
    reached,
    pid: undefined,
    said: async () => JSON.stringify(records) + formatMetrics(linkMetrics(running.totals())),
  };
};

/** @param bundle the command as one file */
export function launched(bundle: () => string): Launch {
  return async (cleanup, profile, onTarget = echo) => {
    const { targetPort, reached } = await startTarget(cleanup, onTarget);
    const words = ['serve', '--listen=0', '--metrics=0', '--log-format=json', '-v', ...flagsOf(profile)];
    const target = profile.isListed ? [] : [`--to=127.0.0.1:${targetPort}`];
    const { child, printed } = start(cleanup, process.execPath, [bundle(), ...words, ...target]);
    let logged = '';
    child.stderr.on('data', (chunk: Buffer) => (logged += chunk.toString()));
    const [line = '{}'] = (await printed(/"listening".*\n/)).split('\n');
    const { port, metricsPort, token = '' } = JSON.parse(line) as Announcement;
    return {
      port,
      host: `127.0.0.1:${port}`,
      token,
      targetPort,
      reached,
      pid: child.pid,
      said: async () => logged + (await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()),
    };
  };
}

interface Announcement {
  readonly port: number;
  readonly metricsPort: number;
  readonly token?: string;
}

function flagsOf({ allowTargets, allowNetworks, allowHosts, allowOrigins, trust, token }: Profile): readonly string[] {
  const lists = {
    'allow-target': allowTargets,
    'allow-network': allowNetworks,
    'allow-host': allowHosts,
    'allow-origin': allowOrigins,
    trust,
  };
  const flags = Object.entries(lists).flatMap(([name, values = []]) => values.map((value) => `--${name}=${value}`));
  return token === false ? [...flags, '--no-token'] : flags;
}

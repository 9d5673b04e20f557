/** `ssh-bridge relay --http [HOST:]PORT --ssh [HOST:]PORT`. */
import type { Command } from 'commander';
import { formatAddress, parseListenAddress } from '../address.js';
import { usageError } from '../bridge-error.js';
import { announce } from '../cli/announce.js';
import {
  assertTrusted,
  collect,
  collectLines,
  commonFlags,
  DEFAULT_DRAIN,
  drainFlag,
  MS_PER_SECOND,
  resumeGraceFlag,
} from '../cli/flags.js';
import { parseOrigin } from '../cli/origin.js';
import { startMetrics } from '../cli/metrics.js';
import { commandLine } from '../cli/own-command.js';
import { onHangup, stopOn, stopSignal } from '../cli/signals.js';
import { boundYoungSpace } from '../cli/young-space.js';
import { verb, type CommonFlags, type Invocation, type Verb } from '../cli/verb.js';
import { relay, type RelayLists } from '../relay/relay.js';

interface RelayFlags extends CommonFlags {
  readonly http?: string;
  readonly ssh?: string;
  readonly pageDir?: string;
  readonly pageUrl?: string;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly config: readonly string[];
  readonly trust: readonly string[];
  readonly proxyProtocol?: true;
  readonly metrics?: string;
  readonly drain: number;
  readonly resumeGrace: number;
}

const AFTER_HELP = `
  ssh-bridge relay --http 8022 --ssh 2223 --page-dir packages/web-terminal/dist/app

SIGHUP reads the lists and the config file again. SIGTERM lets connections go on for --drain seconds.`;

export const relayVerb: Verb = verb<RelayFlags>(
  (program: Command) =>
    commonFlags(
      program
        .command('relay')
        .description('let a browser tab serve ssh clients')
        .option('--http <address>', '[HOST:]PORT for tabs')
        .option('--ssh <address>', '[HOST:]PORT for ssh clients')
        .option('--page-dir <directory>', 'serve the built page from this directory')
        .option('--page-url <url>', 'page that ssh clients are told to open; default: the page of this relay')
        .option('--allow-origin <origin>', 'let in pages of this origin too', collect, [])
        .option('--allow-host <host>', 'answer to this Host too, with its port if it has one', collect, [])
        .option('--config <key=value>', 'pass this to the page (repeatable)', collectLines, [])
        .option('--trust <network>', 'believe X-Forwarded-For of proxies in this network', collect, [])
        .option('--proxy-protocol', 'proxies in --trust begin with a header of the PROXY protocol, v1 or v2')
        .option('--metrics <address>', '[HOST:]PORT for /metrics, /healthz and /readyz')
        .addOption(resumeGraceFlag())
        .addOption(drainFlag(DEFAULT_DRAIN)),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ flags, log, reread }: Invocation<RelayFlags>): Promise<void> {
  const stopped = stopSignal();
  boundYoungSpace();
  if (flags.http === undefined || flags.ssh === undefined) {
    throw usageError('--http or --ssh is missing', `try: ${commandLine('relay', '--http', '8022', '--ssh', '2223')}`);
  }
  assertTrusted(flags);
  const ssh = parseListenAddress(flags.ssh);
  const http = parseListenAddress(flags.http);
  if (http.path !== undefined && flags.pageUrl === undefined)
    throw usageError(
      '--page-url is missing',
      'on a Unix socket, say where the web server in front of it serves the page',
    );
  const running = await relay({
    http,
    ssh,
    pageDir: flags.pageDir,
    pageUrl: flags.pageUrl === undefined ? undefined : parsePageUrl(flags.pageUrl),
    ...readLists(flags),
    proxyProtocol: flags.proxyProtocol,
    limits: { resumeGrace: flags.resumeGrace * MS_PER_SECOND },
    config: Object.fromEntries(flags.config.map(parseConfig)),
    log,
  });
  onHangup(async () => running.reload(readLists(await reread())), log);
  const metricsPort = await startMetrics(flags.metrics, running, log);
  const { httpPort, sshPort, pageUrl } = running;
  const at = formatAddress({ ...ssh, port: sshPort });
  const sentence =
    flags.pageDir === undefined && flags.pageUrl === undefined
      ? `tabs connect to port ${httpPort}, ssh clients to ${at}; no page is served here: give one with --page-dir, or its URL with --page-url`
      : `open ${pageUrl} to serve the ssh clients that connect to ${at}`;
  announce(flags.logFormat, [sentence], {
    port: sshPort,
    httpPort,
    pageUrl,
    metricsPort,
  });
  await stopOn(stopped, running, flags.drain * MS_PER_SECOND);
}

function readLists({ allowHost, allowOrigin, trust }: RelayFlags): RelayLists {
  return { allowHosts: allowHost, allowOrigins: allowOrigin.map(parseOrigin), trust };
}

function parsePageUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw usageError(`--page-url "${text}" is not a web address`, 'give one like https://host/path');
}

function parseConfig(text: string): readonly [string, string] {
  const match = /^([A-Za-z][\w-]*)=(.*)$/.exec(text);
  if (match) return [match[1] ?? '', match[2] ?? ''];
  throw usageError(`--config "${text}" is not KEY=VALUE`, 'start the key with a letter');
}

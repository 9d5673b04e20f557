/** `ssh-bridge serve --listen [HOST:]PORT --to HOST:PORT`. */
import { readFile, writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { formatAddress, isLoopback, parseListenAddress, type ListenAddress } from '../address.js';
import { systemCode, usageError } from '../bridge-error.js';
import { announce } from '../cli/announce.js';
import {
  assertTrusted,
  collect,
  commonFlags,
  DEFAULT_DRAIN,
  drainFlag,
  MS_PER_SECOND,
  resumeGraceFlag,
  wholeNumber,
} from '../cli/flags.js';
import { startMetrics } from '../cli/metrics.js';
import { commandLine, shellWord } from '../cli/own-command.js';
import { readServerTls, rereadServerTls, warnOfDates, type ServerTlsFlags } from '../cli/server-tls.js';
import { onHangup, stopOn, stopSignal } from '../cli/signals.js';
import { boundYoungSpace } from '../cli/young-space.js';
import { verb, type CommonFlags, type Invocation, type Verb } from '../cli/verb.js';
import { createSecret } from '../http/tickets.js';
import { formatDestination, parseDestination } from '../net/destination.js';
import { parseOrigin } from '../cli/origin.js';
import { serve, SERVE_LIMITS } from '../serve/serve.js';
import type { ServeLists } from '../serve/setting.js';
import { PROXY_VERSIONS, type ProxyVersion } from '../proxy-protocol/header.js';

interface ServeFlags extends CommonFlags, ServerTlsFlags {
  readonly listen?: string;
  readonly to?: string;
  readonly allowTarget: readonly string[];
  readonly allowNetwork: readonly string[];
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly token?: string | boolean;
  readonly tokenFile?: string;
  readonly trust: readonly string[];
  readonly proxyProtocol?: true;
  readonly sendProxyProtocol?: ProxyVersion;
  readonly metrics?: string;
  readonly maxLinks: number;
  readonly drain: number;
  readonly resumeGrace: number;
}

const AFTER_HELP = `
  ssh-bridge serve --listen 8022 --to localhost:22
  ssh-bridge serve --listen 8022 --to unix:/run/sshd.sock --token-file /run/ssh-bridge/token
  ssh-bridge serve --listen 8022 --allow-target '*.example.org:22' --allow-network 10.1.0.0/16

Programs show the token as Authorization: Bearer. A page asks the program that serves it for a ticket, which the program gets
with POST /ticket and the token; the page shows it as a subprotocol, ['binary', 'nacre.ticket.…'], or as its first message.
SIGHUP reads the lists, the token, the certificates and the config file again. SIGTERM lets links go on for --drain seconds.`;

export const serveVerb: Verb = verb<ServeFlags>(
  (program: Command) =>
    commonFlags(
      program
        .command('serve')
        .description('accept WebSockets and connect each to a TCP or Unix socket')
        .option('--listen <address>', '[HOST:]PORT or unix:PATH for WebSockets')
        .option('--to <target>', 'HOST:PORT or unix:PATH; the target of every path, or only of / with --allow-target')
        .option('--allow-target <pattern>', 'paths may name HOST:PORT, *.SUFFIX:PORT, ADDRESS/PREFIX:PORT', collect, [])
        .option('--allow-network <network>', 'listed names may lead into this private network', collect, [])
        .option('--allow-host <host>', 'answer to this Host too, with its port if it has one', collect, [])
        .option('--allow-origin <origin>', 'let in pages of this origin', collect, [])
        .option('--no-token', 'let in every program that reaches the port; on loopback only')
        .option(
          '--token <token>',
          'secret that programs show, 32 characters or more; other users can see it in the process list',
        )
        .option('--token-file <file>', 'file with the token; made if it does not exist')
        .option('--cert <file>', 'speak TLS with this certificate (PEM)')
        .option('--key <file>', 'the key of --cert (PEM)')
        .option('--ca <file>', 'let in only clients with a certificate from these authorities (PEM)')
        .option('--trust <network>', 'believe X-Forwarded-For of proxies in this network', collect, [])
        .option('--proxy-protocol', 'proxies in --trust begin with a header of the PROXY protocol, v1 or v2')
        .addOption(
          new Option('--send-proxy-protocol <version>', 'tell targets who has connected').choices(PROXY_VERSIONS),
        )
        .option('--metrics <address>', '[HOST:]PORT for /metrics, /healthz and /readyz')
        .option(
          '--max-links <number>',
          'how many links may be open at the same time',
          wholeNumber,
          SERVE_LIMITS.maxLinks,
        )
        .addOption(resumeGraceFlag())
        .addOption(drainFlag(DEFAULT_DRAIN)),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ flags, log, reread }: Invocation<ServeFlags>): Promise<void> {
  const stopped = stopSignal();
  boundYoungSpace();
  if (flags.listen === undefined)
    throw usageError('--listen is missing', `try: ${commandLine('serve', '--listen', '8022', '--to', 'localhost:22')}`);
  assertTrusted(flags);
  const listen = parseListenAddress(flags.listen);
  const to = flags.to === undefined ? undefined : parseDestination(flags.to);
  const tls = await readServerTls(flags);
  const running = await serve({
    listen,
    to,
    tls,
    log,
    limits: { maxLinks: flags.maxLinks },
    resumeGrace: flags.resumeGrace * MS_PER_SECOND,
    proxyProtocol: flags.proxyProtocol,
    sendProxyProtocol: flags.sendProxyProtocol,
    ...(await readLists(flags)),
  });
  if (tls) warnOfDates(tls, flags, log);
  if (!tls && listen.path === undefined && !isLoopback(listen.host)) {
    log('warn', 'no-tls', 'tokens arrive in clear text here; put TLS in front, or give --cert and --key');
  }
  const metricsPort = await startMetrics(flags.metrics, running, log);
  onHangup(async () => {
    const next = await reread();
    const renewed = await rereadServerTls(next, tls);
    running.reload({ token: running.token, tls: renewed, ...(await readLists(next)) });
    if (renewed) warnOfDates(renewed, next, log);
  }, log);
  const address = formatAddress({ ...listen, port: running.port });
  const url = listen.path === undefined ? `${tls ? 'wss' : 'ws'}://${address}/` : address;
  // Security: the operator already knows a token of their own; one that was made here is shown once, here only.
  const isOwn = flags.tokenFile !== undefined || typeof flags.token === 'string' || process.env['SSH_BRIDGE_TOKEN'];
  const token = isOwn ? undefined : running.token;
  announce(
    flags.logFormat,
    [
      `listening on ${url}; links go to ${to ? formatDestination(to) : flags.allowTarget.join(', ')}`,
      ...(token === undefined ? [] : [firstUse(token, url, listen)]),
    ],
    { port: running.port, url, token, metricsPort },
  );
  await stopOn(stopped, running, flags.drain * MS_PER_SECOND);
}

/** What to type first. In front of a Unix socket is a web server, whose URL is not known here. */
function firstUse(token: string, url: string, { path }: ListenAddress): string {
  if (path !== undefined) return `the token of this launch is ${token}`;
  return `SSH_BRIDGE_TOKEN=${token} ssh -o ${shellWord(`ProxyCommand=${commandLine('proxy', url)}`)} user@host`;
}

async function readLists(flags: ServeFlags): Promise<ServeLists> {
  const token = await readOrMakeToken(flags);
  return {
    allowTargets: flags.allowTarget,
    allowNetworks: flags.allowNetwork,
    allowHosts: flags.allowHost,
    allowOrigins: flags.allowOrigin.map(parseOrigin),
    trust: flags.trust,
    ...(token === undefined ? {} : { token }),
  };
}

async function readOrMakeToken({ token, tokenFile }: ServeFlags): Promise<string | false | undefined> {
  if (token === false) {
    if (tokenFile !== undefined) throw usageError('--no-token and --token-file contradict each other', 'leave one out');
    return false;
  }
  if (tokenFile !== undefined) return readTokenFile(tokenFile);
  return typeof token === 'string' ? token : process.env['SSH_BRIDGE_TOKEN'] || undefined;
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT')
      throw usageError(`the token file ${file} cannot be read`, 'check who may read it', error);
  }
  const token = createSecret();
  // Security: readable by its owner only from the start, and never overwrites a file that was put there meanwhile.
  await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    throw usageError(`the token file ${file} cannot be made`, 'check that its folder exists and is yours', error);
  });
  return token;
}

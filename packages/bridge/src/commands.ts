/** What each verb of the command does with its arguments, until it is told to stop. */
import { readFile } from 'node:fs/promises';
import { formatAddress, parseListenAddress } from './address.js';
import { BridgeError } from './bridge-error.js';
import { parseTarget } from './dial.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { listen } from './listen.js';
import { createLog, type LogFormat } from './log.js';
import { proxy } from './proxy.js';
import { relay } from './relay/relay.js';

interface DialFlags {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly logFormat: LogFormat;
}

interface RelayFlags {
  readonly http: string;
  readonly ssh: string;
  readonly pageDir?: string;
  readonly pageUrl?: string;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly config: readonly string[];
  readonly logFormat: LogFormat;
}

const SIGNAL_EXIT_CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

export async function runProxy(url: string, flags: DialFlags): Promise<void> {
  void stopSignal().then((code) => process.exit(code));
  await proxy({ url, token: await readToken(flags), input: process.stdin, output: process.stdout });
}

export async function runListen(address: string, url: string, flags: DialFlags): Promise<void> {
  const stopped = stopSignal();
  const target = parseTarget(url);
  const listener = await listen({
    ...parseListenAddress(address),
    url: target,
    token: await readToken(flags),
    log: createLog(flags.logFormat, process.stderr),
  });
  const { host, port } = listener;
  // Security: without the query, where people put secrets.
  const goal = `${target.origin}${target.pathname}`;
  announce(flags.logFormat, `listening on ${formatAddress(listener)}; connections go to ${goal}`, {
    host,
    port,
    url: goal,
  });
  await stopOn(stopped, listener);
}

export async function runRelay(flags: RelayFlags): Promise<void> {
  const stopped = stopSignal();
  const ssh = parseListenAddress(flags.ssh);
  const running = await relay({
    http: parseListenAddress(flags.http),
    ssh,
    pageDir: flags.pageDir,
    pageUrl: flags.pageUrl === undefined ? undefined : parsePageUrl(flags.pageUrl),
    allowOrigins: flags.allowOrigin.map(parseOrigin),
    allowHosts: flags.allowHost,
    config: Object.fromEntries(flags.config.map(parseConfig)),
    log: createLog(flags.logFormat, process.stderr),
  });
  const { httpPort, sshPort, pageUrl } = running;
  const at = formatAddress({ host: ssh.host, port: sshPort });
  announce(flags.logFormat, `open ${pageUrl} to serve the ssh clients that come to ${at}`, {
    port: sshPort,
    httpPort,
    pageUrl,
  });
  await stopOn(stopped, running);
}

/** The one line that says that clients may come, on standard output: whoever started this waits for it there. */
function announce(format: LogFormat, sentence: string, fields: Readonly<Record<string, string | number>>): void {
  const line = format === 'json' ? JSON.stringify({ event: 'listening', ...fields }) : `ssh-bridge: ${sentence}`;
  process.stdout.write(`${line}\n`);
}

/** Resolves at the first signal that ends a program; a second one ends it at once. */
function stopSignal(): Promise<ExitCode> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(SIGNAL_EXIT_CODES[signal]));
  });
}

async function stopOn(stopped: Promise<ExitCode>, running: { close(): Promise<void> }): Promise<never> {
  const code = await stopped;
  await running.close();
  process.exit(code);
}

async function readToken({ token, tokenFile }: DialFlags): Promise<string | undefined> {
  if (tokenFile === undefined) return token ?? process.env['SSH_BRIDGE_TOKEN'];
  try {
    return (await readFile(tokenFile, 'utf8')).trim();
  } catch (error) {
    throw usageError(`the token file ${tokenFile} cannot be read`, 'check its name and who may read it', error);
  }
}

function parsePageUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw usageError(`--page-url "${text}" is not a web address`, 'give one like https://host/path');
}

function parseOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text.toLowerCase()) return text;
  throw usageError(
    `--allow-origin "${text}" is not an origin`,
    'give scheme, host and port only, like https://host:8443',
  );
}

function parseConfig(text: string): readonly [string, string] {
  const match = /^([A-Za-z][\w-]*)=(.*)$/.exec(text);
  if (match) return [match[1] ?? '', match[2] ?? ''];
  throw usageError(`--config "${text}" is not KEY=VALUE`, 'start the key with a letter');
}

function usageError(detail: string, hint: string, cause?: unknown): BridgeError {
  return new BridgeError('usage', EXIT.usage, detail, hint, cause);
}

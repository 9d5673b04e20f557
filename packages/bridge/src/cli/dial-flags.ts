/** How `proxy`, `listen` and `doctor` reach a server: the credentials they show, whom they trust, the route they take. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { usageError } from '../bridge-error.js';
import { parseTarget } from '../dial.js';
import { shownUrl } from '../doctor/refer-to-doctor.js';
import { proxyFor } from '../net/proxy-environment.js';
import { readHeaders } from '../request-headers.js';
import type { LineOptions } from '../resume/line.js';
import { commandLine } from './own-command.js';
import { collectLines, commonFlags, MS_PER_SECOND, someSeconds } from './flags.js';
import type { CommonFlags } from './verb.js';

export interface DialFlags extends CommonFlags {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly header: readonly string[];
  readonly headerFile?: string;
  readonly headerCommand?: string;
  readonly basicFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeout: number;
  readonly resume: boolean;
}

/** In seconds. */
const DEFAULT_TIMEOUT = 10;

export function dialFlags(command: Command): Command {
  return commonFlags(
    command
      .addOption(
        new Option('--token <token>', 'bearer token; other users can see it in the process list').conflicts(
          'tokenFile',
        ),
      )
      .option('--token-file <file>', 'file with the bearer token')
      .option('--basic-file <file>', 'file with USER:PASSWORD')
      .option('--header <name: value>', 'send this header field (repeatable)', collectLines, [])
      .option('--header-file <file>', 'send the header fields in this file, one per line')
      .option('--header-command <command>', 'run this for each connection and send the header fields it prints')
      .option('--ca <file>', 'trust only these certificate authorities (PEM)')
      .option('--cert <file>', 'present this client certificate (PEM)')
      .option('--key <file>', 'the key of --cert (PEM)')
      .option('--timeout <seconds>', 'time limit for opening a link', someSeconds, DEFAULT_TIMEOUT)
      .option('--no-resume', 'end the connection when its link breaks, instead of resuming it over a new one'),
  );
}

/** @throws BridgeError with exit code 64 */
export async function dialOptions(url: string, flags: DialFlags): Promise<LineOptions & { readonly url: URL }> {
  const { ca, cert, key, header, headerFile, headerCommand, basicFile } = flags;
  if ((cert === undefined) !== (key === undefined)) throw usageError('--cert and --key go together', 'give both');
  const target = parseTarget(url);
  const [caText, certText, keyText] = await Promise.all([
    readPem('--ca', ca),
    readPem('--cert', cert),
    readPem('--key', key),
  ]);
  const sources = { headers: header, headerFile, headerCommand, basicFile };
  // Read once now, so that mistakes are reported immediately.
  await readHeaders({ ...sources, headerCommand: undefined });
  return {
    url: target,
    token: await readToken(flags.token, flags.tokenFile),
    headers: () => readHeaders(sources),
    tls: { ca: caText, cert: certText, key: keyText },
    proxy: proxyFor(target, process.env),
    timeout: flags.timeout * MS_PER_SECOND,
    resume: flags.resume,
  };
}

/**
 * These flags as words for another process, in whichever directory it is started.
 *
 * @param withValues includes flags whose value itself may be a secret, rather than the name of a file
 */
export function dialWords(flags: DialFlags, withValues: boolean): readonly string[] {
  const { header, headerCommand, timeout } = flags;
  const files = [
    ['--config-file', flags.configFile],
    ['--token-file', flags.tokenFile],
    ['--basic-file', flags.basicFile],
    ['--header-file', flags.headerFile],
    ['--ca', flags.ca],
    ['--cert', flags.cert],
    ['--key', flags.key],
  ] as const;
  return [
    ...files.flatMap(([flag, file]) => (file === undefined ? [] : [flag, resolve(file)])),
    ...(timeout === DEFAULT_TIMEOUT ? [] : ['--timeout', String(timeout)]),
    ...(withValues ? header.flatMap((line) => ['--header', line]) : []),
    ...(withValues && headerCommand !== undefined ? ['--header-command', headerCommand] : []),
  ];
}

/** The command that says more about a failure. Security: no secret is repeated; what is left out is named. */
export function doctorCommand(url: URL, flags: DialFlags): string {
  const line = commandLine('doctor', ...dialWords(flags, false), shownUrl(url));
  const leftOut = [
    ...(flags.token === undefined ? [] : ['--token']),
    ...(flags.header.length === 0 ? [] : ['--header']),
    ...(flags.headerCommand === undefined ? [] : ['--header-command']),
    ...(url.search === '' && url.username === '' ? [] : ['URL']),
  ];
  return leftOut.length === 0 ? line : `${line} (with the ${leftOut.join(', ')} that you gave)`;
}

/** @throws BridgeError with exit code 64 */
async function readToken(token: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return token ?? (process.env['SSH_BRIDGE_TOKEN'] || undefined);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw usageError(`the token file ${file} cannot be read`, 'check its name and who may read it', error);
  }
}

/** @throws BridgeError with exit code 64 */
export async function readPem(flag: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError(`the file ${file} of ${flag} cannot be read`, 'check its name and who may read it', error);
  });
  if (text.includes('-----BEGIN ')) return text;
  throw usageError(`the file ${file} of ${flag} is not PEM`, 'its first line is -----BEGIN …-----');
}

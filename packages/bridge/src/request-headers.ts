/** RFC 9110 §5: header fields to send with an upgrade, from flags, files and commands. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { usageError } from './bridge-error.js';

/** Where header fields come from; later ones win. */
export interface HeaderSources {
  /** `Name: value`. */
  readonly headers?: readonly string[] | undefined;
  /** One per line; empty lines and lines that begin with `#` are skipped. */
  readonly headerFile?: string | undefined;
  /** Run by the shell for each connection; prints header fields in the format of a file. */
  readonly headerCommand?: string | undefined;
  /** Holds `USER:PASSWORD`. */
  readonly basicFile?: string | undefined;
}

/** How long the command may take, in ms, and how much it may print, in bytes. */
const COMMAND_TIMEOUT = 10_000;
const COMMAND_OUTPUT_LIMIT = 64 * 1024;

/** Fields that the handshake itself sets. */
const RESERVED = /^(?:connection|upgrade|host|content-length|transfer-encoding|sec-websocket-.*)$/i;

/** @throws BridgeError with exit code 64 that repeats no value */
export async function readHeaders(sources: HeaderSources): Promise<Readonly<Record<string, string>>> {
  const { headers = [], headerFile, headerCommand, basicFile } = sources;
  const basic = basicFile === undefined ? [] : [basicHeader(await readText('--basic-file', basicFile))];
  const fromFile = headerFile === undefined ? [] : lines(await readText('--header-file', headerFile));
  const fromCommand = headerCommand === undefined ? [] : lines(await runCommand(headerCommand));
  return Object.fromEntries([
    ...basic,
    ...headers.map((line) => parseHeader(line, '--header')),
    ...fromFile.map((line) => parseHeader(line, '--header-file')),
    ...fromCommand.map((line) => parseHeader(line, '--header-command')),
  ]);
}

function lines(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

function parseHeader(line: string, source: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/.exec(line) ?? [];
  // Security: the line is not repeated, as it may hold a secret.
  if (name === '') throw usageError(`${source} has a line that is no header field`, 'write it as Name: value');
  if (RESERVED.test(name)) throw usageError(`${source} may not set ${name}`, 'leave it out; the handshake sets it');
  return [name.toLowerCase(), value];
}

/** RFC 7617 §2. */
function basicHeader(text: string): readonly [string, string] {
  const pair = text.trim();
  if (!/^[^:\r\n]+:[^\r\n]*$/.test(pair))
    throw usageError('--basic-file does not hold USER:PASSWORD', 'write it on one line');
  return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`the file ${file} of ${flag} cannot be read`, 'check its name and who may read it', error);
  }
}

function runCommand(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: COMMAND_TIMEOUT, maxBuffer: COMMAND_OUTPUT_LIMIT, encoding: 'utf8' } as const;
    // Its standard error is shown to the user; its output is not.
    const child = execFile('/bin/sh', ['-c', command], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(usageError('--header-command failed', 'run it by hand and look at what it prints', error));
    });
    child.stdin?.end();
    child.stderr?.pipe(process.stderr, { end: false });
  });
}

/** `ssh-bridge config HOST URL`. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { BridgeError } from '../bridge-error.js';
import { commonFlags } from '../cli/flags.js';
import { ownCommand } from '../cli/own-command.js';
import { verb, type CommonFlags, type Invocation, type Verb } from '../cli/verb.js';
import { parseTarget } from '../dial.js';
import { EXIT } from '../exit-codes.js';
import { formatHostBlock } from '../ssh-config/host-block.js';
import { writeSection } from '../ssh-config/marked-section.js';

interface ConfigFlags extends CommonFlags {
  readonly hostKey?: string;
  readonly hostKeyFile?: string;
  readonly user?: string;
  readonly tokenFile?: string;
  readonly write?: true;
  readonly sshConfig: string;
}

const AFTER_HELP = `
  ssh-bridge config box wss://bridge.example.org/ --host-key 'ssh-ed25519 AAAA…' --write
  ssh box

The key of a host is in its /etc/ssh/ssh_host_ed25519_key.pub. With --write the block stands between two marks, and is
replaced there when you run it again; nothing else in the file is touched.`;

export const configVerb: Verb = verb<ConfigFlags>(
  (program: Command) =>
    commonFlags(
      program
        .command('config')
        .description('print the block for ~/.ssh/config that makes "ssh HOST" go over a WebSocket')
        .argument('<host>', 'the name to give to ssh')
        .argument('<url>', 'ws:// or wss:// URL; its path names the target')
        .option('--host-key <key>', 'TYPE BASE64 of the host, which is pinned')
        .option('--host-key-file <file>', 'a .pub file with the key of the host')
        .option('--user <name>', 'to log in as')
        .option('--token-file <file>', 'file with the bearer token, for proxy')
        .option('--write', 'put the block into the file instead of printing it')
        .option('--ssh-config <file>', 'the file to change', join(homedir(), '.ssh', 'config')),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words: [host = '', url = ''], flags }: Invocation<ConfigFlags>): Promise<void> {
  const target = parseTarget(url);
  const tokenWords = flags.tokenFile === undefined ? [] : ['--token-file', resolve(flags.tokenFile)];
  const block = formatHostBlock({
    host,
    user: flags.user,
    hostKey: await readHostKey(flags),
    proxyCommand: [...ownCommand(), 'proxy', ...tokenWords, target.href],
  });
  if (flags.write !== true) {
    process.stdout.write(block);
    return;
  }
  const hasChanged = await writeSection(flags.sshConfig, host, block);
  process.stdout.write(`${flags.sshConfig} ${hasChanged ? 'has it now' : 'had it already'}; next: ssh ${host}\n`);
}

async function readHostKey({ hostKey, hostKeyFile }: ConfigFlags): Promise<string | undefined> {
  if (hostKeyFile === undefined) return hostKey;
  if (hostKey !== undefined) throw usage('--host-key and --host-key-file are two', 'leave one out');
  try {
    return await readFile(hostKeyFile, 'utf8');
  } catch (error) {
    throw usage(`the file ${hostKeyFile} cannot be read`, 'check its name and who may read it', error);
  }
}

function usage(detail: string, hint: string, cause?: unknown): BridgeError {
  return new BridgeError('usage', EXIT.usage, detail, hint, cause);
}

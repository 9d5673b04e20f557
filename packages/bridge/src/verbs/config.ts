/** `ssh-bridge config HOST URL`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../bridge-error.js';
import { homeFolder } from '../cli/account.js';
import { dialFlags, dialOptions, dialWords, doctorCommand, type DialFlags } from '../cli/dial-flags.js';
import { ownCommand } from '../cli/own-command.js';
import { verb, type Invocation, type Verb } from '../cli/verb.js';
import { parseTarget } from '../dial.js';
import { referToDoctor } from '../doctor/refer-to-doctor.js';
import { formatHostBlock } from '../ssh-config/host-block.js';
import { writeSection } from '../ssh-config/marked-section.js';

interface ConfigFlags extends DialFlags {
  readonly hostKey?: string;
  readonly hostKeyFile?: string;
  readonly learn?: true;
  readonly user?: string;
  readonly write?: true;
  readonly sshConfig: string;
}

const AFTER_HELP = `
  ssh-bridge config box wss://bridge.example.org/ --host-key 'ssh-ed25519 AAAA…' --write
  ssh box

The key of a host is in its /etc/ssh/ssh_host_ed25519_key.pub. --learn trusts the key that the host shows now: compare its
fingerprint with what "ssh-keygen -lf" prints for that file on the host. The flags of proxy are accepted too, and written
into the block; a token only as a file. With --write the block goes between two marker lines and is replaced there when you
run this again; the rest of the file is not touched.`;

export const configVerb: Verb = verb<ConfigFlags>(
  (program: Command) =>
    dialFlags(
      program
        .command('config')
        .description('print the block for ~/.ssh/config that makes "ssh HOST" go over a WebSocket')
        .argument('<host>', 'the name to give to ssh')
        .argument('<url>', 'ws:// or wss:// URL; its path names the target')
        .option('--host-key <key>', 'pin this key of the host: TYPE BASE64')
        .option('--host-key-file <file>', 'pin the key in this .pub file')
        .option('--learn', 'ask the host for its key and pin that; compare the fingerprint that is shown')
        .option('--user <name>', 'user to log in as')
        .option('--write', 'put the block into the file instead of printing it')
        .option('--ssh-config <file>', 'the file to change', join(homeFolder(), '.ssh', 'config')),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words: [host = '', url = ''], flags }: Invocation<ConfigFlags>): Promise<void> {
  const target = parseTarget(url);
  if (flags.token !== undefined) {
    process.stderr.write(
      'ssh-bridge: the token is not written into the block; give a file that holds it with --token-file\n',
    );
  }
  const hostKey = await readHostKey(flags, target);
  const words = [...dialWords(flags, true), ...(flags.resume ? [] : ['--no-resume'])];
  const block = formatHostBlock({
    host,
    user: flags.user,
    hostKey,
    proxyCommand: [...ownCommand(), 'proxy', ...words, target.href],
  });
  if (hostKey === undefined) {
    process.stderr.write(
      'ssh-bridge: no host key is pinned, so ssh will ask whether the key is right; pin it with --learn\n',
    );
  }
  if (flags.write !== true) {
    process.stdout.write(block);
    return;
  }
  const hasChanged = await writeSection(flags.sshConfig, host, block);
  process.stdout.write(`${flags.sshConfig} ${hasChanged ? 'has it now' : 'had it already'}; next: ssh ${host}\n`);
}

async function readHostKey(flags: ConfigFlags, url: URL): Promise<string | undefined> {
  const { hostKey, hostKeyFile, learn } = flags;
  if ([hostKey, hostKeyFile, learn].filter((each) => each !== undefined).length > 1) {
    throw usageError('--host-key, --host-key-file and --learn exclude each other', 'leave all but one out');
  }
  if (learn === true) return learnKey(flags, url);
  if (hostKeyFile === undefined) return hostKey;
  try {
    return await readFile(hostKeyFile, 'utf8');
  } catch (error) {
    throw usageError(`the file ${hostKeyFile} cannot be read`, 'check its name and who may read it', error);
  }
}

async function learnKey(flags: ConfigFlags, url: URL): Promise<string> {
  // Loaded here so that the other verbs start without it.
  const { learnHostKey } = await import('../host-key/learn-host-key.js');
  const options = await dialOptions(url.href, flags);
  const learned = await learnHostKey(options).catch((error: unknown) => {
    throw referToDoctor(error, doctorCommand(options.url, flags));
  });
  process.stderr.write(`ssh-bridge: the host has ${learned.fingerprint}; compare it before you trust it\n`);
  return learned.hostKey;
}

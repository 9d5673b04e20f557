/** `ssh-bridge keygen FILE`. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Option, type Command } from 'commander';
import { usageError } from '../bridge-error.js';
import { accountName } from '../cli/account.js';
import { commonFlags, wholeNumber } from '../cli/flags.js';
import { verb, type CommonFlags, type Invocation, type Verb } from '../cli/verb.js';

interface KeygenFlags extends CommonFlags {
  readonly type: 'ed25519' | 'ecdsa' | 'rsa';
  readonly bits?: number;
  readonly comment?: string;
  readonly passphraseFile?: string;
}

const AFTER_HELP = `
  ssh-bridge keygen ~/.ssh/id_ed25519
  ssh-bridge keygen --passphrase-file secret.txt ~/.ssh/id_ed25519`;

export const keygenVerb: Verb = verb<KeygenFlags>(
  (program: Command) =>
    commonFlags(
      program
        .command('keygen')
        .description('make a key pair in FILE and FILE.pub, in the format of OpenSSH')
        .argument('<file>', 'for the private key; never overwritten')
        .addOption(
          new Option('--type <type>', 'type of the key').choices(['ed25519', 'ecdsa', 'rsa']).default('ed25519'),
        )
        .option('--bits <number>', 'size of an ecdsa (256, 384, 521) or rsa key (2048 to 8192)', wholeNumber)
        .option('--comment <text>', 'comment at the end of the public key; default: user@host')
        .option('--passphrase-file <file>', 'encrypt the private key with the first line of this file'),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words: [file = ''], flags }: Invocation<KeygenFlags>): Promise<void> {
  const { type, bits, comment = `${accountName()}@${hostname()}`, passphraseFile } = flags;
  const passphrase = passphraseFile === undefined ? undefined : await readPassphrase(passphraseFile);
  // Loaded here so that the other verbs start without it.
  const { keygen } = await import('../keygen/keygen.js');
  const made = await keygen({ file, type, bits, comment, passphrase });
  process.stdout.write(
    flags.logFormat === 'json'
      ? `${JSON.stringify({ event: 'made', file, ...made })}\n`
      : `made ${file} and ${file}.pub, ${made.fingerprint}\n${made.publicKey}\n`,
  );
}

async function readPassphrase(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError(`the passphrase file ${file} cannot be read`, 'check its name and who may read it', error);
  });
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '')
    throw usageError('the passphrase file is empty', 'leave --passphrase-file out for a key without one');
  return line;
}

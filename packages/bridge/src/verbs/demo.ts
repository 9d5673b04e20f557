/** `ssh-bridge demo`. */
import type { Command } from 'commander';
import { formatAddress, isLoopback, parseListenAddress } from '../address.js';
import { usageError } from '../bridge-error.js';
import { announceFields } from '../cli/announce.js';
import { commonFlags } from '../cli/flags.js';
import { ownCommand } from '../cli/own-command.js';
import { stopOn, stopSignal } from '../cli/signals.js';
import { verb, type CommonFlags, type Invocation, type Verb } from '../cli/verb.js';
import { formatHostBlock } from '../ssh-config/host-block.js';

interface DemoFlags extends CommonFlags {
  readonly listen: string;
}

const AFTER_HELP = `
  ssh-bridge demo
Prints a block for ~/.ssh/config; add it, then run in another terminal: ssh ssh-bridge-demo`;

export const demoVerb: Verb = verb<DemoFlags>(
  (program: Command) =>
    commonFlags(
      program
        .command('demo')
        .description('run a small SSH server behind a WebSocket on this machine, to try the other verbs')
        .option('--listen <address>', '[HOST:]PORT on loopback', '0'),
    ).addHelpText('after', AFTER_HELP),
  run,
);

async function run({ flags, log }: Invocation<DemoFlags>): Promise<void> {
  const stopped = stopSignal();
  const address = parseListenAddress(flags.listen);
  if (address.path !== undefined || !isLoopback(address.host)) {
    throw usageError('the demo lets everybody in', 'leave the host out, for loopback');
  }
  // Loaded here so that the other verbs start without it.
  const { demo } = await import('../demo/demo.js');
  const running = await demo(address, log);
  const url = `ws://${formatAddress({ ...address, port: running.port })}/`;
  const block = formatHostBlock({
    host: 'ssh-bridge-demo',
    user: 'you',
    hostKey: running.hostKey,
    proxyCommand: [...ownCommand(), 'proxy', url],
  });
  if (flags.logFormat === 'json') {
    announceFields({ port: running.port, url, hostKey: running.hostKey });
  } else {
    // Two streams, so that `ssh-bridge demo > FILE` leaves in the file what ssh can read.
    process.stderr.write(`ssh-bridge: put this into ~/.ssh/config, then in another terminal: ssh ssh-bridge-demo\n\n`);
    process.stdout.write(block);
  }
  await stopOn(stopped, running);
}

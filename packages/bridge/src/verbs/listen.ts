/** `ssh-bridge listen [HOST:]PORT URL`. */
import type { Command } from 'commander';
import { formatAddress, parseListenAddress } from '../address.js';
import { announce } from '../cli/announce.js';
import { dialFlags, dialOptions, doctorCommand, type DialFlags } from '../cli/dial-flags.js';
import { onHangup, stopOn, stopSignal } from '../cli/signals.js';
import { verb, type Invocation, type Verb } from '../cli/verb.js';
import { shownUrl } from '../doctor/refer-to-doctor.js';
import { listen } from '../listen.js';
import { DEFAULT_DRAIN, drainFlag, MS_PER_SECOND } from '../cli/flags.js';

interface ListenFlags extends DialFlags {
  readonly drain: number;
}

const AFTER_HELP = `
  ssh-bridge listen 2222 wss://bridge.example.org/
  ssh -p 2222 user@localhost

SIGHUP reads tokens, header fields and the config file again, and makes connections whose link broke retry at once.`;

export const listenVerb: Verb = verb<ListenFlags>(
  (program: Command) =>
    dialFlags(
      program
        .command('listen')
        .argument('<address>', '[HOST:]PORT or unix:PATH')
        .argument('<url>', 'ws:// or wss:// URL; its path names the target'),
    )
      .description('listen on a TCP port, on loopback by default, and carry each connection to a URL')
      .addOption(drainFlag(DEFAULT_DRAIN))
      .addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words: [address = '', url = ''], flags, log, reread }: Invocation<ListenFlags>): Promise<void> {
  const stopped = stopSignal();
  const options = await dialOptions(url, flags);
  const doctor = doctorCommand(options.url, flags);
  const listener = await listen({ ...parseListenAddress(address), ...options, doctor, log });
  onHangup(async () => listener.reload(await dialOptions(url, await reread())), log);
  const goal = shownUrl(options.url);
  announce(flags.logFormat, [`listening on ${formatAddress(listener)}; connections go to ${goal}`], {
    host: listener.host,
    port: listener.port,
    url: goal,
  });
  await stopOn(stopped, listener, flags.drain * MS_PER_SECOND);
}

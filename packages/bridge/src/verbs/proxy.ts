/** `ssh-bridge proxy URL`. */
import type { Command } from 'commander';
import { dialFlags, dialOptions, doctorCommand, type DialFlags } from '../cli/dial-flags.js';
import { exitOnSignal } from '../cli/signals.js';
import { verb, type Invocation, type Verb } from '../cli/verb.js';
import { referToDoctor } from '../doctor/refer-to-doctor.js';
import { proxy } from '../proxy.js';

const AFTER_HELP = `
  ssh -o ProxyCommand='ssh-bridge proxy wss://bridge.example.org/' user@host

Standard output carries the bytes of ssh and nothing else.`;

export const proxyVerb: Verb = verb<DialFlags>(
  (program: Command) =>
    dialFlags(program.command('proxy').argument('<url>', 'ws:// or wss:// URL; its path names the target'))
      .description('connect standard input and output to a URL, for ProxyCommand; the default when given a URL')
      .addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words, flags, log }: Invocation<DialFlags>): Promise<void> {
  const stop = new AbortController();
  exitOnSignal(stop);
  const options = await dialOptions(words[0] ?? '', flags);
  try {
    await proxy({ ...options, input: process.stdin, output: process.stdout, log, signal: stop.signal });
  } catch (error) {
    // After a signal the process exits in the next turn of the event loop, with the signal's code.
    if (stop.signal.aborted) await new Promise<never>(() => undefined);
    throw referToDoctor(error, doctorCommand(options.url, flags));
  }
}

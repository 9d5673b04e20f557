/** `ssh-bridge doctor URL`. */
import type { Command } from 'commander';
import { BridgeError } from '../bridge-error.js';
import { dialFlags, dialOptions, type DialFlags } from '../cli/dial-flags.js';
import { stopSignal } from '../cli/signals.js';
import { verb, type Invocation, type Verb } from '../cli/verb.js';
import { doctor, type Finding } from '../doctor/doctor.js';
import { nextCommand } from '../doctor/next-command.js';

const AFTER_HELP = `
  ssh-bridge doctor wss://bridge.example.org/

Takes the steps of a connection one by one: name, TCP, TLS, HTTP and upgrade, identification and algorithms of the SSH
server, round trip. Each step that succeeds is a line on standard output; the one that fails is the error.`;

export const doctorVerb: Verb = verb<DialFlags>(
  (program: Command) =>
    dialFlags(program.command('doctor').argument('<url>', 'ws:// or wss:// URL'))
      .description('find the step at which connecting fails, and say what to try')
      .addHelpText('after', AFTER_HELP),
  run,
);

async function run({ words, flags }: Invocation<DialFlags>): Promise<void> {
  void stopSignal().then((code) => process.exit(code));
  const onFinding = ({ step, detail }: Finding): void => {
    const line = flags.logFormat === 'json' ? JSON.stringify({ event: 'ok', step, detail }) : `ok  ${step}: ${detail}`;
    process.stdout.write(`${line}\n`);
  };
  const options = await dialOptions(words[0] ?? '', flags);
  try {
    await doctor({ ...options, onFinding });
  } catch (error) {
    const next = error instanceof BridgeError ? nextCommand(error.step, options.url) : undefined;
    throw next === undefined ? error : (error as BridgeError).withNext(next);
  }
}

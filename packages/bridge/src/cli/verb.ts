/** A verb of the command: how its words and flags are declared, and what it does with them. */
import type { Command } from 'commander';
import type { Log, LogFormat } from '../log.js';

/** Flags that every verb has. */
export interface CommonFlags {
  readonly logFormat: LogFormat;
  readonly verbose?: true;
  readonly configFile?: string;
}

export interface Invocation<Flags> {
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly log: Log;
  /** Evaluates the flags again, with the variables and the config file as they are now (SIGHUP). @throws BridgeError */
  reread(): Promise<Flags>;
}

export interface Verb {
  /** Adds the verb with its words, flags and help. */
  define(program: Command): Command;
  /** Resolves when there is nothing left to do. @throws BridgeError */
  run(command: Command, log: Log, reread: () => Promise<Command>): Promise<void>;
}

export function verb<Flags extends CommonFlags>(
  define: Verb['define'],
  run: (invocation: Invocation<Flags>) => Promise<void>,
): Verb {
  return {
    define,
    run: (command, log, reread) =>
      run({
        words: command.args,
        flags: command.opts<Flags>(),
        log,
        reread: async () => (await reread()).opts<Flags>(),
      }),
  };
}

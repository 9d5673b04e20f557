/** How this very command is started again, from a file that outlives this process: ssh_config. */

/** `npx ssh-bridge` where npx has started this, `ssh-bridge` where it is on the PATH or nothing better is known. */
export function ownCommand(environment: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  return environment['npm_command'] === 'exec' ? ['npx', 'ssh-bridge'] : ['ssh-bridge'];
}

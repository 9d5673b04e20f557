/** ssh_config(5): the block that makes `ssh HOST` go over a WebSocket, with the host's key pinned inside it. */
import { usageError } from '../bridge-error.js';
import { shellWord } from '../cli/own-command.js';

export interface HostBlock {
  readonly host: string;
  readonly user?: string | undefined;
  /** `TYPE BASE64`. Without it, ssh asks at the first connection, as usual. */
  readonly hostKey?: string | undefined;
  readonly proxyCommand: readonly string[];
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** @throws BridgeError with exit code 64 for values that could break out of their line */
export function formatHostBlock({ host, user, hostKey, proxyCommand }: HostBlock): string {
  if (!NAME.test(host)) throw usageError(`"${host}" is not a host name`, 'use letters, digits, dots and dashes');
  if (user !== undefined && !NAME.test(user)) throw usageError(`"${user}" is not a user name`, 'leave --user out');
  const lines = [
    ...(user === undefined ? [] : [`User ${user}`]),
    `ProxyCommand ${proxyCommand.map(quoteForShell).join(' ')}`,
    `HostKeyAlias ${host}`,
    ...(hostKey === undefined ? [] : pin(host, hostKey)),
  ];
  return `Host ${host}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

/** Makes ssh consult no file and accept only this key. */
function pin(host: string, hostKey: string): readonly string[] {
  const [type = '', blob = ''] = hostKey.trim().split(/\s+/);
  if (!/^[a-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) {
    throw usageError('the host key is not a public key', 'give it as in a .pub file: TYPE BASE64');
  }
  return [
    'StrictHostKeyChecking yes',
    'UserKnownHostsFile none',
    'GlobalKnownHostsFile none',
    // Interop: OpenSSH 8.5 and later run this without a shell, and read its output as lines of known_hosts.
    `KnownHostsCommand /bin/echo ${host} ${type} ${blob}`,
  ];
}

/** ssh hands the line to a shell after it has expanded `%` tokens. */
function quoteForShell(word: string): string {
  if (/[\n\r\0]/.test(word)) throw usageError('values in ssh_config cannot contain line breaks', 'leave it out');
  return shellWord(word.replaceAll('%', '%%'));
}

/** What a server refuses whatever its hooks say, and what it refuses unless one of them accepts. */
import { ConfigurationError } from '../../errors.js';
import { requireNames } from '../../option.js';

/** `false` overrides every hook; `'if-hooked'` refuses unless a hook accepts. */
export type PolicySwitch = false | 'if-hooked';

export interface Policy {
  /** Whether root may log in at all: a user who asks for the name `root`, or whose account has that name or id 0. */
  readonly rootLogin: boolean;
  /** Whether root, if it may log in, may use `password` or `keyboard-interactive`. */
  readonly rootPassword: boolean;
  /** Whether an empty password is considered at all. */
  readonly blankPassword: boolean;
  /** The method `password`, for everybody. */
  readonly passwordLogin: PolicySwitch;
  /** `direct-tcpip` and `direct-streamlocal@openssh.com`: connections that the server makes for the client. */
  readonly localForwarding: PolicySwitch;
  /** `tcpip-forward` and `streamlocal-forward@openssh.com`: listening on the server for the client. */
  readonly remoteForwarding: PolicySwitch;
  readonly agentForwarding: PolicySwitch;
  readonly x11Forwarding: PolicySwitch;
}

export const DEFAULT_POLICY: Policy = {
  rootLogin: false,
  rootPassword: false,
  blankPassword: false,
  passwordLogin: 'if-hooked',
  localForwarding: 'if-hooked',
  remoteForwarding: 'if-hooked',
  agentForwarding: 'if-hooked',
  x11Forwarding: 'if-hooked',
};

/** @throws ConfigurationError for an unknown switch, or a value that a switch does not take. */
export function readPolicy(policy: Partial<Policy> = {}): Policy {
  requireNames('policy', Object.keys(policy), DEFAULT_POLICY);
  for (const [name, value] of Object.entries(policy)) {
    const other = DEFAULT_POLICY[name as keyof Policy] === false ? true : 'if-hooked';
    if (value !== undefined && value !== false && value !== other)
      throw new ConfigurationError(`policy.${name} must be false or ${JSON.stringify(other)}, not ${String(value)}`);
  }
  const given = Object.entries(policy).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_POLICY, ...Object.fromEntries(given) };
}

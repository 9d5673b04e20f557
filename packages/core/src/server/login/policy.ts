/** What a server refuses whatever its hooks say, and what it refuses unless one of them says otherwise. */
import { ConfigurationError } from '../../errors.js';

/** `false` beats every hook; `'if-hooked'` refuses unless a hook accepts. */
export type PolicySwitch = false | 'if-hooked';

export interface Policy {
  /** Whether root may log in at all: whoever asks for the name `root`, has it by the account, or has the id 0. */
  readonly rootLogin: boolean;
  /** Whether root may log in by `password` or `keyboard-interactive`, where it may log in. */
  readonly rootPassword: boolean;
  /** Whether an empty password is looked at. */
  readonly blankPassword: boolean;
  /** The method `password`, for everybody. */
  readonly passwordLogin: PolicySwitch;
  /** `direct-tcpip` and `direct-streamlocal@openssh.com`: connections made here for the client. */
  readonly localForwarding: PolicySwitch;
  /** `tcpip-forward` and `streamlocal-forward@openssh.com`: listening here for the client. */
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

/** @throws ConfigurationError for a switch that does not exist, or a value that it does not take. */
export function readPolicy(policy: Partial<Policy> = {}): Policy {
  for (const [name, value] of Object.entries(policy)) {
    if (!Object.hasOwn(DEFAULT_POLICY, name))
      throw new ConfigurationError(`there is no policy "${name}"; there are ${Object.keys(DEFAULT_POLICY).join(', ')}`);
    const other = DEFAULT_POLICY[name as keyof Policy] === false ? true : 'if-hooked';
    if (value !== undefined && value !== false && value !== other)
      throw new ConfigurationError(`policy.${name} must be false or ${JSON.stringify(other)}, not ${String(value)}`);
  }
  const given = Object.entries(policy).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_POLICY, ...Object.fromEntries(given) };
}

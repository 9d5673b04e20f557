/** OpenSSH's PROTOCOL.certkeys: critical options and extensions of certificates for users. */
import type { Certificate, CertificateOption } from '../../algorithms/certificate.js';
import { text } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { decodeOrUndefined } from '../../algorithms/signature-blob.js';
import type { Restrictions } from '../restrictions.js';
import { isNetworkList } from '../source-address.js';

/** What a user's certificate says that must be obeyed. */
export interface UserOptions {
  readonly restrictions: Restrictions;
  /** `source-address`: networks from which it may be used. */
  readonly from: string | undefined;
  readonly withoutTouch: boolean;
  readonly withVerification: boolean;
}

/** Extensions that grant something; what a certificate does not name, it does not grant. */
export const PERMISSIONS = {
  agentForwarding: 'permit-agent-forwarding',
  portForwarding: 'permit-port-forwarding',
  pty: 'permit-pty',
  userRc: 'permit-user-rc',
  x11Forwarding: 'permit-X11-forwarding',
} as const satisfies Partial<Record<keyof Restrictions, string>>;

export const FORCE_COMMAND = 'force-command';
export const SOURCE_ADDRESS = 'source-address';
export const VERIFY_REQUIRED = 'verify-required';
export const NO_TOUCH_REQUIRED = 'no-touch-required';
const CRITICAL: readonly string[] = [FORCE_COMMAND, SOURCE_ADDRESS, VERIFY_REQUIRED];
const FLAGS: readonly string[] = [VERIFY_REQUIRED, NO_TOUCH_REQUIRED, ...Object.values(PERMISSIONS)];

/** The encoding of an option's value. */
export const optionValue = record({ value: text });

/** The options, or in one sentence why the certificate is refused: an unknown critical option must not be ignored. */
export function readUserOptions({
  criticalOptions,
  extensions,
}: Certificate): UserOptions | { readonly reason: string } {
  const unknown = criticalOptions.find(({ name }) => !CRITICAL.includes(name));
  if (unknown !== undefined) return { reason: 'the certificate has a critical option that is not known' };
  const malformed = [...criticalOptions, ...extensions].some(
    (option) => FLAGS.includes(option.name) && option.value.length > 0,
  );
  const command = valueOf(criticalOptions, FORCE_COMMAND);
  const from = valueOf(criticalOptions, SOURCE_ADDRESS);
  if (malformed || command === null || from === null || (from !== undefined && !isNetworkList(from)))
    return { reason: 'an option of the certificate is malformed' };
  const has = (options: readonly CertificateOption[], name: string): boolean =>
    options.some((option) => option.name === name);
  return {
    restrictions: {
      command,
      environment: {},
      pty: has(extensions, PERMISSIONS.pty),
      portForwarding: has(extensions, PERMISSIONS.portForwarding),
      agentForwarding: has(extensions, PERMISSIONS.agentForwarding),
      x11Forwarding: has(extensions, PERMISSIONS.x11Forwarding),
      userRc: has(extensions, PERMISSIONS.userRc),
    },
    from,
    withoutTouch: has(extensions, NO_TOUCH_REQUIRED),
    withVerification: has(criticalOptions, VERIFY_REQUIRED),
  };
}

/** Undefined if there is no such option, null if its value is not text. As in OpenSSH: a shell would drop what follows a NUL. */
function valueOf(options: readonly CertificateOption[], name: string): string | undefined | null {
  const option = options.find((other) => other.name === name);
  if (option === undefined) return undefined;
  const value = decodeOrUndefined(optionValue, option.value)?.value;
  return value === undefined || value.includes('\0') ? null : value;
}

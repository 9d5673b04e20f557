/** RFC 4252 §8: the method `password`, the server's side. */
import type { Awaitable } from '../crypto/provider.js';
import type { Authenticator, Decision, UserauthAttempt } from './decision.js';
import { newPasswordFields, passwordFields } from './messages.js';

/** Longer passwords are refused before any hash function sees them, in bytes of UTF-8 (OpenSSH has the same bound). */
const MAXIMUM_PASSWORD = 1024;

/** @throws ProtocolError if the fields do not parse. */
export function judgePassword(
  authenticator: Authenticator,
  attempt: UserauthAttempt,
  fields: Uint8Array,
): Awaitable<Decision> {
  const { isChange, password, tail } = passwordFields.decode(fields);
  const newPassword = isChange ? newPasswordFields.decode(tail).newPassword : undefined;
  if (!isChange && tail.length > 0) return { outcome: 'refuse' };
  const isTooLong =
    fields.length > 2 * MAXIMUM_PASSWORD || new TextEncoder().encode(password).length > MAXIMUM_PASSWORD;
  return isTooLong ? { outcome: 'refuse' } : authenticator.password(attempt, password, newPassword);
}

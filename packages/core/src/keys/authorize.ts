/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: whether any line admits a user with a key, and on what terms. */
import type { AlgorithmTables } from '../algorithms/algorithm.js';
import type { Certificate } from '../algorithms/certificate.js';
import { equalBytes } from '../crypto/provider.js';
import type { KeyOptions } from './authorized-key-options.js';
import type { AuthorizedKey } from './authorized-keys.js';
import type { Restrictions } from './restrictions.js';
import { isPermittedSource } from './source-address.js';

/** What a key may be used for, once its signature has been verified; anything that is missing is unrestricted. */
export interface KeyTerms {
  readonly restrictions?: Restrictions | undefined;
  /** Whether a security key may have signed without a touch: `no-touch-required`. */
  readonly withoutTouch?: boolean | undefined;
  /** Whether it must have verified its user, by a PIN or a fingerprint: `verify-required`. */
  readonly withVerification?: boolean | undefined;
}

/** Who presents a key, from where and when. */
export interface KeyUse {
  readonly user: string;
  /** The client's own address; undefined if something may be in between. Security: lines with `from=` then do not apply. */
  readonly address: string | undefined;
  /** ms since 1970. */
  readonly now: number;
}

/** Terms, or the reason why there are none, in one sentence for the log. */
export type Authorization = { readonly terms: KeyTerms } | { readonly reason: string };

/** Support for certificates: `certificates` of `@nacre/core/certificates`, separate so that only its users carry it. */
export interface CertificateSupport {
  /** The rows for the algorithm table. */
  readonly signatures: AlgorithmTables['signatures'];
  /** Undefined for anything but a certificate. */
  readonly read: (blob: Uint8Array) => Certificate | undefined;
  readonly authorize: (lines: readonly AuthorizedKey[], blob: Uint8Array, use: KeyUse) => Authorization;
}

/** Revoked keys; they are refused whatever else vouches for them. */
export interface RevokedKeys {
  /** For a certificate: whether it, its key, or its authority is revoked. */
  isRevoked(key: Uint8Array): boolean;
}

/** Finds a line for the key `blob` that applies here and now; the first one counts. */
export function authorizeKey(lines: readonly AuthorizedKey[], blob: Uint8Array, use: KeyUse): Authorization {
  let reason = 'no line has the key';
  for (const line of lines) {
    if (line.options?.isAuthority === true || !equalBytes(line.blob, blob)) continue;
    const fault = line.options && lineFault(line.options, use);
    if (fault === undefined) return { terms: line.options ?? {} };
    reason = fault;
  }
  return { reason };
}

/** Why a line does not apply here and now. */
export function lineFault({ expiresAt, from }: KeyOptions, { now, address }: KeyUse): string | undefined {
  if (expiresAt !== undefined && now >= expiresAt) return 'the line has expired';
  if (from === undefined) return undefined;
  if (address === undefined) return 'the line asks for addresses, and the address of the client is not known';
  return isPermittedSource(from, address) ? undefined : 'the line does not permit the address';
}

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: whether lines let somebody in with a key, and on what terms. */
import type { AlgorithmTables } from '../algorithms/algorithm.js';
import type { Certificate } from '../algorithms/certificate.js';
import { equalBytes } from '../crypto/provider.js';
import type { KeyOptions } from './authorized-key-options.js';
import type { AuthorizedKey } from './authorized-keys.js';
import type { Restrictions } from './restrictions.js';
import { isPermittedSource } from './source-address.js';

/** What a key is good for, once its signature has been verified; without any of these, for everything. */
export interface KeyTerms {
  readonly restrictions?: Restrictions | undefined;
  /** Whether a security key may have signed untouched: `no-touch-required`. */
  readonly withoutTouch?: boolean | undefined;
  /** Whether it must have known its user, by a PIN or a finger: `verify-required`. */
  readonly withVerification?: boolean | undefined;
}

/** Who holds a key up, where and when. */
export interface KeyUse {
  readonly user: string;
  /** The client's own address; undefined where something may be in between. Security: then nothing that asks for one holds. */
  readonly address: string | undefined;
  /** ms since 1970. */
  readonly now: number;
}

/** Terms, or in one sentence, for the log, why there are none. */
export type Authorization = { readonly terms: KeyTerms } | { readonly reason: string };

/** What takes certificates: `certificates` of `@nacre/core/certificates`, which a program that needs none does not carry. */
export interface CertificateSupport {
  /** The rows of the algorithm table. */
  readonly signatures: AlgorithmTables['signatures'];
  /** Undefined for what is no certificate. */
  readonly read: (blob: Uint8Array) => Certificate | undefined;
  readonly authorize: (lines: readonly AuthorizedKey[], blob: Uint8Array, use: KeyUse) => Authorization;
}

/** What is revoked, whatever else is said of it. */
export interface RevokedKeys {
  /** Of a certificate: itself, its key, or its authority. */
  isRevoked(key: Uint8Array): boolean;
}

/** Whether one of the lines is for the key `blob`, and can be used here and now; the first such counts. */
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

/** Why a line cannot be used here and now. */
export function lineFault({ expiresAt, from }: KeyOptions, { now, address }: KeyUse): string | undefined {
  if (expiresAt !== undefined && now >= expiresAt) return 'the line has expired';
  if (from === undefined) return undefined;
  if (address === undefined) return 'the line asks for addresses, and the address of the client is not known';
  return isPermittedSource(from, address) ? undefined : 'the line does not permit the address';
}

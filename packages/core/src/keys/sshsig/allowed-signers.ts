/** ssh-keygen(1), ALLOWED SIGNERS: who may sign, what for, and when. */
import { decodeCertificate } from '../../algorithms/certificate.js';
import { equalBytes } from '../../crypto/provider.js';
import { matchesPatternList } from '../../wire/wildcard.js';
import { parseExpiryTime, unquote } from '../authorized-key-options.js';
import { splitOptions, type SkippedLine } from '../authorized-keys.js';
import { certificateFault } from '../certificates/check.js';
import { publicKeyTypeOf } from '../public-key-types.js';
import { readKeyLine, shown, type PublicKey } from '../public-key.js';
import { verifyMessage, type SignedMessage, type SshSignature, type VerifyMessageOptions } from './signature.js';

/** A line of the file. */
export interface AllowedSigner extends PublicKey {
  /** Patterns of names, for example `*@example.org`; `!` negates a pattern. */
  readonly principals: readonly string[];
  /**
   * `cert-authority`: the key belongs to no user; it signs certificates, which must have the signer's name as a
   * principal.
   */
  readonly isAuthority: boolean;
  /** Patterns of namespaces; any by default. */
  readonly namespaces?: readonly string[] | undefined;
  /** Both inclusive, in ms since 1970. */
  readonly validAfter?: number | undefined;
  readonly validBefore?: number | undefined;
}

/** By whom, for what, and when a signature was made: the caller must know all three independently of the signature. */
export interface SignerUse {
  readonly principal: string;
  readonly namespace: string;
  /** ms since 1970. */
  readonly now: number;
}

const LONGEST_LINE = 2 ** 15;

type Draft = { isAuthority: boolean } & {
  -readonly [Name in 'namespaces' | 'validAfter' | 'validBefore']?: AllowedSigner[Name];
};
type LineOrReason = { readonly signer: AllowedSigner } | { readonly reason: string };

/** Applies one option; false if it is unknown, malformed, or a value given twice. */
function take(draft: Draft, option: string): boolean {
  if (option.toLowerCase() === 'cert-authority') {
    draft.isAuthority = true;
    return true;
  }
  const [, name = '', quoted = ''] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
  const value = unquote(quoted);
  if (value === undefined) return false;
  switch (name.toLowerCase()) {
    case 'namespaces':
      if (draft.namespaces !== undefined) return false;
      draft.namespaces = value.split(',');
      return true;
    case 'valid-after':
      return takeTime(draft, 'validAfter', value);
    case 'valid-before':
      return takeTime(draft, 'validBefore', value);
    default:
      return false;
  }
}

function takeTime(draft: Draft, name: 'validAfter' | 'validBefore', value: string): boolean {
  const time = parseExpiryTime(value);
  if (time === undefined || draft[name] !== undefined) return false;
  draft[name] = time;
  return true;
}

function readSigner(line: string): LineOrReason {
  const [, quoted, plain, rest = ''] = /^(?:"([^"]*)"|([^\s"]+))[ \t]+(.*)$/s.exec(line) ?? [];
  const names = quoted ?? plain;
  if (names === undefined || names === '') return { reason: 'a line is `principals options type base64`' };
  const draft: Draft = { isAuthority: false };
  let keyLine = rest;
  if (publicKeyTypeOf(/^\S*/.exec(rest)?.[0] ?? '') === undefined) {
    const split = splitOptions(rest);
    if (split === undefined) return { reason: 'a quote is not closed' };
    // Security: a key is never accepted without the restrictions written before it.
    const wrong = split.options.find((option) => !take(draft, option));
    if (wrong !== undefined) return { reason: `the option ${shown(wrong)} is not supported, malformed or doubled` };
    keyLine = split.rest;
  }
  if (draft.validAfter !== undefined && draft.validBefore !== undefined && draft.validBefore <= draft.validAfter)
    return { reason: 'valid-before is before valid-after' };
  const result = readKeyLine(keyLine);
  return 'key' in result ? { signer: { ...result.key, ...draft, principals: names.split(',') } } : result;
}

function isValidAt({ validAfter, validBefore }: AllowedSigner, now: number): boolean {
  return (validAfter === undefined || now >= validAfter) && (validBefore === undefined || now <= validBefore);
}

/** Whether a line is for that key, or for the authority of that certificate, which must be valid for one of `names`. */
function isHeldBy(signer: AllowedSigner, publicKey: Uint8Array, names: readonly string[], now: number): boolean {
  if (!isValidAt(signer, now)) return false;
  if (!signer.isAuthority) return equalBytes(signer.blob, publicKey);
  const certificate = decodeCertificate(publicKey);
  if (certificate === undefined || !equalBytes(signer.blob, certificate.signatureKey)) return false;
  // Security: a certificate restricted to one command or network is not for signatures. OpenSSH accepts it for them.
  return certificate.criticalOptions.length === 0 && !certificateFault(certificate, { role: 'user', names, now });
}

/** The text of an allowed_signers file and its meaning. */
export class AllowedSigners {
  readonly signers: readonly AllowedSigner[];
  readonly skipped: readonly SkippedLine[];

  constructor(text: string) {
    const signers: AllowedSigner[] = [];
    const skipped: SkippedLine[] = [];
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      const result = line.length > LONGEST_LINE ? { reason: 'the line is too long' } : readSigner(line);
      if ('signer' in result) signers.push(result.signer);
      else skipped.push({ line: index + 1, reason: result.reason });
    }
    this.signers = signers;
    this.skipped = skipped;
  }

  /** Whether that key or certificate may sign as `principal`, for that namespace, at that time. */
  allows(publicKey: Uint8Array, { principal, namespace, now }: SignerUse): boolean {
    return this.signers.some(
      (signer) =>
        (signer.namespaces === undefined || matchesPatternList(signer.namespaces, namespace)) &&
        matchesPatternList(signer.principals, principal) &&
        isHeldBy(signer, publicKey, [principal], now),
    );
  }

  /**
   * Who may have signed with that key at that time: the principals of its lines, which may be patterns, and those
   * principals of a certificate that its authority's line matches: `ssh-keygen -Y find-principals`.
   */
  principalsOf(publicKey: Uint8Array, now: number): readonly string[] {
    const named = decodeCertificate(publicKey)?.principals ?? [];
    return this.signers.flatMap((signer) => {
      if (!signer.isAuthority) return isHeldBy(signer, publicKey, [], now) ? signer.principals : [];
      return named.filter(
        (one) => matchesPatternList(signer.principals, one) && isHeldBy(signer, publicKey, [one], now),
      );
    });
  }

  /** Whether `principal` signed that message, for that namespace, with an allowed key: `ssh-keygen -Y verify`. */
  async verify(
    signature: SshSignature,
    message: SignedMessage,
    { principal, now, ...options }: SignerUse & VerifyMessageOptions,
  ): Promise<boolean> {
    if (!this.allows(signature.publicKey, { principal, namespace: options.namespace, now })) return false;
    return verifyMessage(signature, message, options);
  }
}

/** Reads the text of an allowed_signers file. Never throws: lines that cannot be used as they stand are in `skipped`. */
export function parseAllowedSigners(text: string): AllowedSigners {
  return new AllowedSigners(text);
}

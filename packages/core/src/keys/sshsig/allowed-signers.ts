/** ssh-keygen(1), ALLOWED SIGNERS: who may sign, what for, and when. */
import { equalBytes } from '../../crypto/provider.js';
import { matchesPatternList } from '../../wire/wildcard.js';
import { parseExpiryTime, unquote } from '../authorized-key-options.js';
import { splitOptions, type SkippedLine } from '../authorized-keys.js';
import { publicKeyTypeOf } from '../key-types.js';
import { readKeyLine, shown, type PublicKey } from '../public-key.js';
import { verifyMessage, type SignedMessage, type SshSignature, type VerifyMessageOptions } from './signature.js';

/** A line of the file. */
export interface AllowedSigner extends PublicKey {
  /** Patterns of names, `*@example.org` for example; `!` before one negates it. */
  readonly principals: readonly string[];
  /** Patterns of namespaces; any if not given. */
  readonly namespaces?: readonly string[] | undefined;
  /** Both inclusive, in ms since 1970. */
  readonly validAfter?: number | undefined;
  readonly validBefore?: number | undefined;
}

/** By whom, what for, and when a signature was made: the caller knows all three from elsewhere than the signature. */
export interface SignerUse {
  readonly principal: string;
  readonly namespace: string;
  /** ms since 1970. */
  readonly now: number;
}

const LONGEST_LINE = 2 ** 15;

type Draft = { -readonly [Name in 'namespaces' | 'validAfter' | 'validBefore']?: AllowedSigner[Name] };
type LineOrReason = { readonly signer: AllowedSigner } | { readonly reason: string };

/** Takes one option in; false where it is not known, malformed, or there already. */
function take(draft: Draft, option: string): boolean {
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
  const draft: Draft = {};
  let keyLine = rest;
  if (publicKeyTypeOf(/^\S*/.exec(rest)?.[0] ?? '') === undefined) {
    const split = splitOptions(rest);
    if (split === undefined) return { reason: 'a quote is not closed' };
    // Security: a key is never taken without the restriction that stands before it.
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

/** The text of an allowed_signers file and what it says. */
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

  /** Whether that key may sign as `principal`, for that purpose, at that time. */
  allows(publicKey: Uint8Array, { principal, namespace, now }: SignerUse): boolean {
    return this.#of(publicKey, now).some(
      ({ principals, namespaces }) =>
        matchesPatternList(principals, principal) &&
        (namespaces === undefined || matchesPatternList(namespaces, namespace)),
    );
  }

  /** The principals, which may be patterns, of the lines that have this key and are valid then: `ssh-keygen -Y find-principals`. */
  principalsOf(publicKey: Uint8Array, now: number): readonly string[] {
    return this.#of(publicKey, now).flatMap(({ principals }) => principals);
  }

  /** Whether `principal` signed that message, for that purpose, by a key that is allowed to: `ssh-keygen -Y verify`. */
  async verify(
    signature: SshSignature,
    message: SignedMessage,
    { principal, now, ...options }: SignerUse & VerifyMessageOptions,
  ): Promise<boolean> {
    if (!this.allows(signature.publicKey, { principal, namespace: options.namespace, now })) return false;
    return verifyMessage(signature, message, options);
  }

  #of(publicKey: Uint8Array, now: number): readonly AllowedSigner[] {
    return this.signers.filter((signer) => equalBytes(signer.blob, publicKey) && isValidAt(signer, now));
  }
}

/** Reads the text of an allowed_signers file. It never throws: lines that cannot be used as they stand are in `skipped`. */
export function parseAllowedSigners(text: string): AllowedSigners {
  return new AllowedSigners(text);
}

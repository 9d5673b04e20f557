/** ssh-keygen(1), KEY REVOCATION LISTS: revocation lists as text. */
import { certifiedName, decodeCertificate, type Certificate } from '../../algorithms/certificate.js';
import { decodeBase64 } from '../../crypto/base64.js';
import { equalBytes } from '../../crypto/provider.js';
import { ConfigurationError } from '../../errors.js';
import type { RevokedKeys } from '../authorize.js';
import { fingerprintBy } from '../fingerprints.js';
import { fingerprint, keyTypeOf, shown } from '../public-key.js';

/** Revoked certificates of one authority, or of any. */
export interface RevokedCertificates {
  /** The blob of its key. */
  readonly authority: Uint8Array | 'any';
  /** First and last of each range of serial numbers. */
  readonly serials: readonly (readonly [bigint, bigint])[];
  readonly keyIds: readonly string[];
}

/** The contents of a list. */
export interface Revocations {
  /** Fingerprints of keys, and of authorities, by SHA-256 or SHA-1. */
  readonly fingerprints: readonly string[];
  readonly certificates: readonly RevokedCertificates[];
}

export interface RevocationListOptions {
  /** The blob of the key whose certificates `serial:` and `id:` refer to, or `any` for those of all authorities. */
  readonly authority?: Uint8Array | 'any';
}

const LARGEST_SERIAL = 0xffff_ffff_ffff_ffffn;

export class RevocationList implements RevokedKeys {
  readonly #fingerprints: ReadonlySet<string>;
  readonly #certificates: readonly RevokedCertificates[];

  constructor({ fingerprints, certificates }: Revocations) {
    this.#fingerprints = new Set(fingerprints);
    this.#certificates = certificates;
  }

  /**
   * Security: a certificate is revoked by its own serial number or key id, and by its key or its authority. One that
   * cannot be read counts as revoked: nobody knows which it is.
   */
  isRevoked(key: Uint8Array): boolean {
    const certificate = decodeCertificate(key);
    if (certificate === undefined && certifiedName(keyTypeOf(key) ?? '') !== undefined) return true;
    const keys = certificate === undefined ? [key] : [certificate.publicKey, certificate.signatureKey];
    if (keys.some((blob) => this.#isListed(blob))) return true;
    return certificate !== undefined && this.#certificates.some((revoked) => concerns(revoked, certificate));
  }

  #isListed(blob: Uint8Array): boolean {
    return this.#fingerprints.has(fingerprint(blob)) || this.#fingerprints.has(fingerprintBy('sha1', blob));
  }
}

function concerns({ authority, serials, keyIds }: RevokedCertificates, certificate: Certificate): boolean {
  if (authority !== 'any' && !equalBytes(authority, certificate.signatureKey)) return false;
  const { serial, keyId } = certificate;
  return keyIds.includes(keyId) || serials.some(([first, last]) => serial >= first && serial <= last);
}

/**
 * Reads a list of public keys, one per line, as sshd's RevokedKeys takes, or the specification that `ssh-keygen -k`
 * takes: lines that begin with `serial:`, `id:`, `key:`, `sha1:`, `sha256:` or `hash:`.
 * @throws ConfigurationError for a line that is neither: a list that is only partly understood revokes too little.
 */
export function parseRevocationList(text: string, { authority }: RevocationListOptions = {}): RevocationList {
  const fingerprints: string[] = [];
  const serials: (readonly [bigint, bigint])[] = [];
  const keyIds: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, kind = 'key', value = ''] = /^(?:(serial|id|key|sha1|sha256|hash):)?\s*(.*)$/i.exec(line) ?? [];
    const where = `line ${index + 1} of the revocation list`;
    if (/^(?:serial|id)$/i.test(kind) && authority === undefined)
      throw new ConfigurationError(`${where} is about certificates: say whose, by the option "authority"`);
    switch (kind.toLowerCase()) {
      case 'serial':
        serials.push(parseSerials(value, where));
        break;
      case 'id':
        keyIds.push(value);
        break;
      case 'hash':
        fingerprints.push(parseFingerprint(value, where));
        break;
      default:
        fingerprints.push(fingerprint(parseKey(value, where)));
    }
  }
  return new RevocationList({ fingerprints, certificates: [{ authority: authority ?? 'any', serials, keyIds }] });
}

/** `7` or `7-12`, also in hexadecimal. As in OpenSSH, 0 is no number: certificates without one have it. */
function parseSerials(text: string, where: string): readonly [bigint, bigint] {
  const words = text.split('-').map((word) => word.trim());
  const numbers = words.map((word) => (/^(?:0x[\da-f]{1,16}|[1-9]\d{0,19})$/i.test(word) ? BigInt(word) : 0n));
  const [first = 0n, last = first] = numbers;
  if (words.length > 2 || first === 0n || last < first || last > LARGEST_SERIAL)
    throw new ConfigurationError(`${where} has no serial number or range of numbers: ${shown(text)}`);
  return [first, last];
}

function parseFingerprint(text: string, where: string): string {
  if (/^SHA256:[\w+/]{43}=?$/.test(text)) return text.replace('=', '');
  throw new ConfigurationError(`${where} has no SHA256 fingerprint: ${shown(text)}`);
}

/** For a certificate, its key: `ssh-keygen` also accepts certificates in a specification. */
function parseKey(text: string, where: string): Uint8Array {
  const [type = '', base64 = ''] = text.split(/[ \t]+/);
  const blob = decodeBase64(base64);
  const key = certifiedName(type) === undefined ? blob : blob && decodeCertificate(blob)?.publicKey;
  if (key !== undefined && key.length > 0 && keyTypeOf(blob!) === type) return key;
  throw new ConfigurationError(`${where} has no public key: ${shown(text)}`);
}

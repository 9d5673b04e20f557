/** OpenSSH's PROTOCOL.certkeys: issues certificates, like `ssh-keygen -s`. */
import type { Signer } from '../../algorithms/algorithm.js';
import {
  certifiedName,
  decodeCertificate,
  encodeStatement,
  type Certificate,
  type CertificateOption,
} from '../../algorithms/certificate.js';
import { randomBytes } from '../../crypto/random.js';
import { ConfigurationError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { string } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { publicKeyTypeOf } from '../public-key-types.js';
import { keyTypeOf, shown } from '../public-key.js';
import type { Restrictions } from '../restrictions.js';
import { isNetworkList } from '../source-address.js';
import {
  FORCE_COMMAND,
  NO_TOUCH_REQUIRED,
  optionValue,
  PERMISSIONS,
  SOURCE_ADDRESS,
  VERIFY_REQUIRED,
} from './user-options.js';

const NONCE_LENGTH = 32;
const MAXIMUM_PRINCIPALS = 256;
/** Of serial numbers and times. */
const LARGEST = 0xffff_ffff_ffff_ffffn;
const FLAG = new Uint8Array(0);
const signatureField = record({ signature: string });

interface IssueOptions {
  /** The blob of the key to certify. */
  readonly key: Uint8Array;
  /** Whom it is for, in logs. */
  readonly keyId: string;
  /** Names of users, or of hosts. At least one: a certificate without any would be valid for everybody. */
  readonly principals: readonly string[];
  /** A number by which it can be revoked; 0 by default. */
  readonly serial?: bigint | number;
  /** Start of validity; unlimited by default. */
  readonly validAfter?: Date;
  /** End of validity. `forever` must be explicit. */
  readonly validBefore: Date | 'forever';
}

/** What a user's certificate grants, and what it requires. */
export interface UserCertificateOptions extends IssueOptions {
  readonly role: 'user';
  /** All permissions by default, as with `ssh-keygen`; those set to false here are withheld. */
  readonly permissions?: Partial<Pick<Restrictions, keyof typeof PERMISSIONS>>;
  readonly forceCommand?: string;
  /** Networks from which it may be used. */
  readonly sourceAddresses?: readonly string[];
  readonly verifyRequired?: boolean;
  readonly noTouchRequired?: boolean;
}

export interface HostCertificateOptions extends IssueOptions {
  readonly role: 'host';
}

/** Has `authority` sign a certificate. @throws ConfigurationError for contents that no certificate may have. */
export async function issueCertificate(
  authority: Signer,
  options: UserCertificateOptions | HostCertificateOptions,
): Promise<Certificate> {
  const { key, keyId, principals, serial = 0, validAfter, validBefore, role } = options;
  if (principals.length === 0 || principals.length > MAXIMUM_PRINCIPALS || principals.includes(''))
    throw new ConfigurationError(`a certificate has 1 to ${MAXIMUM_PRINCIPALS} principals, and each is a name`);
  const type = keyTypeOf(key) ?? '';
  if (publicKeyTypeOf(type)?.isUsable(key) !== true)
    throw new ConfigurationError(
      'what is certified is the blob of a public key, of a type and size that is dealt with',
    );
  const [algorithm] = authority.algorithms;
  if (algorithm === undefined || certifiedName(algorithm) !== undefined)
    throw new ConfigurationError('an authority must sign with a plain key');
  const statement = encodeStatement(key, randomBytes(NONCE_LENGTH), {
    serial: toSerial(serial),
    role,
    keyId,
    principals,
    validAfter: validAfter === undefined ? 0n : toSeconds(validAfter),
    validBefore: validBefore === 'forever' ? LARGEST : toSeconds(validBefore),
    criticalOptions: role === 'user' ? criticalOptions(options) : [],
    extensions: role === 'user' ? extensions(options) : [],
    signatureKey: authority.publicKey,
  });
  const signature = await authority.sign(algorithm, statement);
  const certificate = decodeCertificate(concatenate([statement, signatureField.encode({ signature })]));
  if (certificate === undefined || certificate.validAfter >= certificate.validBefore)
    throw new ConfigurationError('a certificate ends after it begins, and its authority is a key');
  return certificate;
}

function toSerial(serial: bigint | number): bigint {
  const isWhole = typeof serial === 'bigint' || Number.isSafeInteger(serial);
  if (isWhole && serial >= 0 && serial <= LARGEST) return BigInt(serial);
  throw new ConfigurationError(`a serial number is an integer from 0 to 2^64-1, not ${serial}`);
}

function toSeconds(date: Date): bigint {
  const seconds = Math.floor(date.getTime() / 1000);
  if (!(seconds >= 0)) throw new ConfigurationError('a certificate is valid at dates from 1970 on');
  return BigInt(seconds);
}

function criticalOptions(options: UserCertificateOptions): readonly CertificateOption[] {
  const { forceCommand, sourceAddresses, verifyRequired = false } = options;
  const sources = sourceAddresses?.join(',');
  if (sources !== undefined && !isNetworkList(sources))
    throw new ConfigurationError('sourceAddresses are addresses, and networks such as 192.0.2.0/24');
  return [
    ...(forceCommand === undefined
      ? []
      : [{ name: FORCE_COMMAND, value: optionValue.encode({ value: forceCommand }) }]),
    ...(sources === undefined ? [] : [{ name: SOURCE_ADDRESS, value: optionValue.encode({ value: sources }) }]),
    ...(verifyRequired ? [{ name: VERIFY_REQUIRED, value: FLAG }] : []),
  ];
}

function extensions({
  permissions = {},
  noTouchRequired = false,
}: UserCertificateOptions): readonly CertificateOption[] {
  const given = Object.entries({
    agentForwarding: true,
    portForwarding: true,
    pty: true,
    userRc: true,
    x11Forwarding: true,
    ...permissions,
  });
  const unknown = given.find(([name]) => !Object.hasOwn(PERMISSIONS, name));
  if (unknown !== undefined)
    throw new ConfigurationError(
      `a certificate has no permission ${shown(unknown[0])}, but ${Object.keys(PERMISSIONS).join(', ')}`,
    );
  const names = given.flatMap(([name, isGiven]) => (isGiven ? [PERMISSIONS[name as keyof typeof PERMISSIONS]] : []));
  return [...names, ...(noTouchRequired ? [NO_TOUCH_REQUIRED] : [])]
    .toSorted(byName)
    .map((name) => ({ name, value: FLAG }));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** OpenSSH's PROTOCOL.certkeys, independent of ours: certificates with whatever fields a case wants, signed by whoever it names. */
import { generateKey, type PrivateKey, type Signer } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { concat, readStrings, str, uint32 } from './bytes.js';
import type { UserKey } from './user-keys.js';

export const CERTIFICATE = 'ssh-ed25519-cert-v01@openssh.com';

const make = (): Promise<PrivateKey> => generateKey('ssh-ed25519', { crypto: nodeCrypto });
/** An authority that is trusted, the key that is certified, and keys that nobody knows. */
export const [authority, holder, stranger] = await Promise.all([make(), make(), make()]);

export type Option = readonly [name: string, value: Uint8Array];

/** Whatever is left out is correct. */
export interface Content {
  readonly type?: string;
  readonly key?: Uint8Array;
  readonly serial?: bigint;
  readonly role?: number;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  /** The raw field, instead of `principals`. */
  readonly principalBytes?: Uint8Array;
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly critical?: readonly Option[];
  readonly extensions?: readonly Option[];
  readonly signatureKey?: Uint8Array;
  /** The signer, if not the authority. */
  readonly by?: Pick<Signer, 'sign'>;
  /** What is done to the signature blob. */
  readonly signature?: (legal: Uint8Array) => Uint8Array;
  /** What follows the signature. */
  readonly trailing?: Uint8Array;
}

export const FOREVER = 0xffff_ffff_ffff_ffffn;

export function uint64(value: bigint): Uint8Array {
  return concat(uint32(Number(value >> 32n)), uint32(Number(value & 0xffff_ffffn)));
}

/** An option with a text value. */
export const option = (name: string, text: string): Option => [name, str(text)];
/** An option without a value. */
export const flag = (name: string): Option => [name, new Uint8Array(0)];

const encodeOptions = (options: readonly Option[]): Uint8Array =>
  str(concat(...options.map(([name, value]) => concat(str(name), str(value)))));

export const PERMISSIONS = ['X11-forwarding', 'agent-forwarding', 'port-forwarding', 'pty', 'user-rc'].map((name) =>
  flag(`permit-${name}`),
);

/** For `alice`, by default. */
export async function forge(content: Content = {}): Promise<Uint8Array> {
  const { type = CERTIFICATE, key = holder.publicKey, serial = 1n, role = 1, keyId = 'alice' } = content;
  const { principals = ['alice'], principalBytes = concat(...principals.map(str)), by = authority } = content;
  const { validAfter = 0n, validBefore = FOREVER, critical = [], extensions = PERMISSIONS } = content;
  const [keyType] = readStrings(key, 1);
  const statement = concat(
    concat(str(type), str(new Uint8Array(32)), key.subarray(4 + keyType!.length), uint64(serial), uint32(role)),
    concat(str(keyId), str(principalBytes), uint64(validAfter), uint64(validBefore)),
    concat(encodeOptions(critical), encodeOptions(extensions), str('')),
    str(content.signatureKey ?? authority.publicKey),
  );
  const legal = await by.sign('ssh-ed25519', statement);
  return concat(statement, str(content.signature?.(legal) ?? legal), content.trailing ?? []);
}

/** Its holder logs in with it. */
export async function certified(content: Content = {}, by: PrivateKey = holder): Promise<UserKey> {
  const publicKey = await forge(content);
  return { algorithm: CERTIFICATE, publicKey, sign: async (message) => by.sign('ssh-ed25519', message) };
}

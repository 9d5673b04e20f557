/** The types of keys: how each is made, signs, and stands in an OpenSSH key file (sshkey.c's `sshkey_private_serialize`). */
import {
  decodeEcdsaPublicKey,
  ecdsaNistp256,
  ecdsaNistp384,
  ecdsaNistp521,
  encodeEcdsaPublicKey,
  encodeEcdsaSignature,
  type EcdsaParameters,
} from '../algorithms/ecdsa.js';
import { decodeEd25519PublicKey, ED25519, encodeEd25519PublicKey } from '../algorithms/ed25519.js';
import {
  decodeRsaPublicKey,
  encodeRsaPublicKey,
  MAXIMUM_MODULUS_BITS,
  MINIMUM_MODULUS_BITS,
  SSH_RSA,
} from '../algorithms/rsa.js';
import { decodeSkEcdsaKey, decodeSkEd25519Key, SK_ECDSA, SK_ED25519 } from '../algorithms/security-key.js';
import { encodeSignature } from '../algorithms/signature-blob.js';
import { proceed } from '../crypto/awaitable.js';
import {
  equalBytes,
  type Awaitable,
  type CryptoProvider,
  type AnyHashName,
  type RsaPrivateKey,
} from '../crypto/provider.js';
import { ConfigurationError, ProtocolError } from '../errors.js';
import { mpint, string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { Reader } from '../wire/reader.js';
import type { Writer } from '../wire/writer.js';

/** One private key. Security: `write` gives the key away, so no object that applications print has this one in a visible place. */
export interface KeyMaterial {
  /** The public key blob. */
  readonly publicKey: Uint8Array;
  /** Signature algorithms, most preferred first. */
  readonly algorithms: readonly string[];
  /** The signature blob. */
  sign(crypto: CryptoProvider, algorithm: string, message: Uint8Array): Awaitable<Uint8Array>;
  /** Appends the private fields that follow the type in a key file. */
  write(writer: Writer): void;
}

export interface PublicKeyType {
  /** Whether `blob` is a public key of this type within the bounds that this library takes. */
  isUsable(blob: Uint8Array): boolean;
}

export interface KeyType extends PublicKeyType {
  /** `bits` is the size of an RSA modulus; other types have one size. */
  generate(crypto: CryptoProvider, bits: number): Awaitable<KeyMaterial>;
  /** Reads the private fields that follow the type in a key file. @throws ProtocolError where they are malformed. */
  read(reader: Reader): KeyMaterial;
}

/** What is synchronous stays so. */
function whenSigned(
  signature: Awaitable<Uint8Array>,
  encode: (bytes: Uint8Array) => Uint8Array,
): Awaitable<Uint8Array> {
  return signature instanceof Promise ? signature.then(encode) : encode(signature);
}

export const ed25519Fields = record({ publicKey: string, secret: string });
const ED25519_SEED_LENGTH = 32;

function ed25519Material(seed: Uint8Array, publicKey: Uint8Array): KeyMaterial {
  return {
    publicKey: encodeEd25519PublicKey(publicKey),
    algorithms: [ED25519],
    sign: (crypto, algorithm, message) =>
      whenSigned(crypto.ed25519.sign(seed, message), (bytes) => encodeSignature(algorithm, bytes)),
    write: (writer) => {
      const secret = new Uint8Array(2 * ED25519_SEED_LENGTH);
      secret.set(seed);
      secret.set(publicKey, ED25519_SEED_LENGTH);
      ed25519Fields.write(writer, { publicKey, secret });
    },
  };
}

const ed25519KeyType: KeyType = {
  isUsable: (blob) => decodeEd25519PublicKey(blob) !== undefined,
  generate: (crypto) => {
    return proceed(crypto.ed25519.generate(), ({ seed, publicKey }) => ed25519Material(seed, publicKey));
  },
  read: (reader) => {
    const { publicKey, secret } = ed25519Fields.read(reader);
    if (secret.length !== 2 * ED25519_SEED_LENGTH || !equalBytes(secret.subarray(ED25519_SEED_LENGTH), publicKey)) {
      throw new ProtocolError('the two halves of an Ed25519 key do not belong together');
    }
    return ed25519Material(secret.slice(0, ED25519_SEED_LENGTH), publicKey.slice());
  },
};

export const ecdsaFields = record({ curve: text, point: string, privateKey: mpint });

function ecdsaMaterial(parameters: EcdsaParameters, privateKey: Uint8Array, point: Uint8Array): KeyMaterial {
  const { name, curve, hash } = parameters;
  return {
    publicKey: encodeEcdsaPublicKey(parameters, point),
    algorithms: [name],
    sign: (crypto, _algorithm, message) =>
      whenSigned(crypto.ecdsa[curve].sign(hash, privateKey, message), (bytes) =>
        encodeEcdsaSignature(parameters, bytes),
      ),
    write: (writer) => ecdsaFields.write(writer, { curve, point, privateKey }),
  };
}

function ecdsaKeyType(parameters: EcdsaParameters): KeyType {
  return {
    isUsable: (blob) => decodeEcdsaPublicKey(parameters, blob) !== undefined,
    generate: (crypto) => {
      const generated = crypto.ecdsa[parameters.curve].generate();
      return proceed(generated, ({ privateKey, publicKey }) => ecdsaMaterial(parameters, privateKey, publicKey));
    },
    read: (reader) => {
      const { curve, point, privateKey } = ecdsaFields.read(reader);
      const leading = parameters.fieldLength - privateKey.length;
      if (curve !== parameters.curve || leading < 0) throw new ProtocolError('an ECDSA key is of another curve');
      const scalar = new Uint8Array(parameters.fieldLength);
      scalar.set(privateKey, leading);
      return ecdsaMaterial(parameters, scalar, point.slice());
    },
  };
}

export const rsaFields = record({ n: mpint, e: mpint, d: mpint, iqmp: mpint, p: mpint, q: mpint });
/** The last, over SHA-1, is asked for only where an application offers that row. */
const rsaHashes: ReadonlyMap<string, AnyHashName> = new Map([
  ['rsa-sha2-512', 'sha512'],
  ['rsa-sha2-256', 'sha256'],
  [SSH_RSA, 'sha1'],
]);

function rsaMaterial(key: RsaPrivateKey): KeyMaterial {
  return {
    publicKey: encodeRsaPublicKey(key),
    algorithms: [...rsaHashes.keys()],
    sign: (crypto, algorithm, message) => {
      const hash = rsaHashes.get(algorithm);
      if (hash === undefined) throw new ConfigurationError(`an RSA key does not sign with ${algorithm}`);
      return whenSigned(crypto.rsa.sign(hash, key, message), (bytes) => encodeSignature(algorithm, bytes));
    },
    write: (writer) => rsaFields.write(writer, key),
  };
}

const rsaKeyType: KeyType = {
  isUsable: (blob) => decodeRsaPublicKey(blob) !== undefined,
  generate: async (crypto, bits) => {
    if (!Number.isInteger(bits) || bits < MINIMUM_MODULUS_BITS || bits > MAXIMUM_MODULUS_BITS) {
      throw new ConfigurationError(
        `an RSA key has ${MINIMUM_MODULUS_BITS} to ${MAXIMUM_MODULUS_BITS} bits, not ${bits}`,
      );
    }
    return rsaMaterial(await crypto.rsa.generate(bits));
  },
  read: (reader) => {
    const { n, e, d, iqmp, p, q } = rsaFields.read(reader);
    return rsaMaterial({
      n: n.slice(),
      e: e.slice(),
      d: d.slice(),
      iqmp: iqmp.slice(),
      p: p.slice(),
      q: q.slice(),
    });
  },
};

/** Keys that this library makes, reads and signs with. */
export const keyTypes = {
  [ED25519]: ed25519KeyType,
  'ecdsa-sha2-nistp256': ecdsaKeyType(ecdsaNistp256),
  'ecdsa-sha2-nistp384': ecdsaKeyType(ecdsaNistp384),
  'ecdsa-sha2-nistp521': ecdsaKeyType(ecdsaNistp521),
  [SSH_RSA]: rsaKeyType,
} as const satisfies Record<string, KeyType>;

/** Keys whose secret never leaves a security key, so that only their public half is known here. */
const securityKeyTypes = {
  [SK_ED25519]: { isUsable: (blob) => decodeSkEd25519Key(blob) !== undefined },
  [SK_ECDSA]: { isUsable: (blob) => decodeSkEcdsaKey(blob) !== undefined },
} as const satisfies Record<string, PublicKeyType>;

export type KeyTypeName = keyof typeof keyTypes;

export function isKeyTypeName(name: string): name is KeyTypeName {
  return Object.hasOwn(keyTypes, name);
}

/** What keys of that type sign by, most preferred first. */
export function algorithmsOf(type: KeyTypeName): readonly string[] {
  return type === SSH_RSA ? [...rsaHashes.keys()] : [type];
}

/** True for keys that are kept in a security key. */
export function isSecurityKeyTypeName(name: string): name is keyof typeof securityKeyTypes {
  return Object.hasOwn(securityKeyTypes, name);
}

/** What is known of public keys of that name; undefined where it is none of ours. */
export function publicKeyTypeOf(name: string): PublicKeyType | undefined {
  if (isKeyTypeName(name)) return keyTypes[name];
  return isSecurityKeyTypeName(name) ? securityKeyTypes[name] : undefined;
}

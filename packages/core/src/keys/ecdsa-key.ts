/** RFC 5656 §3, and OpenSSH's key files: private ECDSA keys. */
import { encodeEcdsaPublicKey, encodeEcdsaSignature, type EcdsaParameters } from '../algorithms/ecdsa.js';
import { proceed } from '../crypto/awaitable.js';
import { ProtocolError } from '../errors.js';
import { mpint, string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { KeyMaterial, KeyType } from './key-material.js';

export const ecdsaFields = record({ curve: text, point: string, privateKey: mpint });

function ecdsaMaterial(parameters: EcdsaParameters, privateKey: Uint8Array, point: Uint8Array): KeyMaterial {
  const { name, curve, hash } = parameters;
  return {
    publicKey: encodeEcdsaPublicKey(parameters, point),
    algorithms: [name],
    sign: (crypto, _algorithm, message) =>
      proceed(crypto.ecdsa[curve].sign(hash, privateKey, message), (bytes) => encodeEcdsaSignature(parameters, bytes)),
    write: (writer) => ecdsaFields.write(writer, { curve, point, privateKey }),
  };
}

export function ecdsaKeyType(parameters: EcdsaParameters): KeyType {
  return {
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

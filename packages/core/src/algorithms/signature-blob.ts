/** RFC 4253 §6.6: signature blobs, `string name ‖ string bytes`. */
import { ProtocolError } from '../errors.js';
import { string, text, type Fields, type Values } from '../wire/fields.js';
import { record, type Layout } from '../wire/message.js';

const signatureBlob = record({ name: text, signature: string });

export function encodeSignature(name: string, signature: Uint8Array): Uint8Array {
  return signatureBlob.encode({ name, signature });
}

/** The bytes of a signature blob; undefined if it is malformed or names another algorithm. */
export function decodeSignature(name: string, blob: Uint8Array): Uint8Array | undefined {
  const values = decodeOrUndefined(signatureBlob, blob);
  return values?.name === name ? values.signature : undefined;
}

/** Decodes a peer's data if malformed data is an answer rather than an error. */
export function decodeOrUndefined<F extends Fields>(layout: Layout<F>, bytes: Uint8Array): Values<F> | undefined {
  try {
    return layout.decode(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

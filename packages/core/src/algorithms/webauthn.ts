/** OpenSSH's PROTOCOL.u2f, webauthn signatures: `webauthn-sk-ecdsa-sha2-nistp256@openssh.com`, made by a browser with a passkey. */
import { encodeBase64url } from '../crypto/base64.js';
import { equalBytes } from '../crypto/provider.js';
import { byte, string, text, uint32, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SignatureAlgorithm } from './algorithm.js';
import { decodeEcdsaIntegers, ecdsaNistp256 } from './ecdsa.js';
import { assertedBytes, assertionOf, decodeSkEcdsaKey, SK_ECDSA } from './security-key.js';
import { decodeOrUndefined } from './signature-blob.js';

export const WEBAUTHN_SK_ECDSA = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';

const signatureBlob = record({
  name: text,
  signature: string,
  flags: byte,
  counter: uint32,
  origin: text,
  clientData: string,
  extensions: string,
});
type WebauthnSignature = Values<typeof signatureBlob.fields>;

/** W3C Web Authentication §6.1: the authenticator data continues with a new credential, or with extensions. */
const ATTESTED_CREDENTIAL = 0x40;
const EXTENSIONS = 0x80;
/** RFC 6454 §6.2: the characters of an origin. Security: quotes and backslashes could end it early in the JSON. */
const ORIGIN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const utf8 = new TextEncoder();

function decodeWebauthnSignature(blob: Uint8Array): WebauthnSignature | undefined {
  const values = decodeOrUndefined(signatureBlob, blob);
  if (values?.name !== WEBAUTHN_SK_ECDSA || !ORIGIN.test(values.origin)) return undefined;
  const hasExtensions = (values.flags & EXTENSIONS) !== 0;
  const isAssertion = (values.flags & ATTESTED_CREDENTIAL) === 0;
  return isAssertion && hasExtensions === values.extensions.length > 0 ? values : undefined;
}

/** W3C Web Authentication §5.8.1.1: client data starts with these three members, in this order and without spaces. */
function beginsAsClientData({ clientData, origin }: WebauthnSignature, message: Uint8Array): boolean {
  const challenge = encodeBase64url(message);
  const head = utf8.encode(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`);
  return equalBytes(clientData.subarray(0, head.length), head);
}

/** The key is that of `sk-ecdsa-sha2-nistp256@openssh.com`; only the signatures differ. */
export const webauthnSkEcdsa: SignatureAlgorithm = {
  keyType: SK_ECDSA,
  provesHosts: false,
  isUsableKey: (publicKey) => decodeSkEcdsaKey(publicKey) !== undefined,
  verify: (crypto, publicKey, message, signature) => {
    const key = decodeSkEcdsaKey(publicKey);
    const signed = decodeWebauthnSignature(signature);
    const integers = signed && decodeEcdsaIntegers(ecdsaNistp256, signed.signature);
    if (key === undefined || signed === undefined || integers === undefined) return false;
    if (!beginsAsClientData(signed, message)) return false;
    const { extensions, clientData: content } = signed;
    const asserted = assertedBytes(crypto, key, signed, { extensions, content });
    return crypto.ecdsa.nistp256.verify('sha256', key.key, asserted, integers);
  },
  assertion: (signature) => {
    const signed = decodeWebauthnSignature(signature);
    return signed && { ...assertionOf(signed), origin: signed.origin };
  },
};

/** RFC 4252 §6, §7 and §8: the messages of user authentication. */
import { boolean, looseText, nameList, rest, string, text } from '../wire/fields.js';
import { message, record } from '../wire/message.js';

export const SSH_MSG_USERAUTH_REQUEST = message(50, {
  userName: text,
  serviceName: text,
  methodName: text,
  methodFields: rest,
});
export const SSH_MSG_USERAUTH_FAILURE = message(51, {
  authenticationsThatCanContinue: nameList,
  partialSuccess: boolean,
});
export const SSH_MSG_USERAUTH_SUCCESS = message(52, {});
/** Often a file in the encoding of the machine it was written on, which must not cost the login. */
export const SSH_MSG_USERAUTH_BANNER = message(53, { message: looseText, languageTag: looseText });

/** 60-79 belong to the current method. Rows marked pure are used only by servers: a client's bundle has none. */
export const SSH_MSG_USERAUTH_PK_OK = /* @__PURE__ */ message(60, {
  publicKeyAlgorithmName: text,
  publicKeyBlob: string,
});
export const SSH_MSG_USERAUTH_PASSWD_CHANGEREQ = /* @__PURE__ */ message(60, {
  prompt: looseText,
  languageTag: looseText,
});

/** Fields of SSH_MSG_USERAUTH_REQUEST that depend on the method. */
export const passwordFields = record({ isChange: boolean, password: text, tail: rest });
export const newPasswordFields = /* @__PURE__ */ record({ newPassword: text });
export const publicKeyFields = record({
  hasSignature: boolean,
  publicKeyAlgorithmName: text,
  publicKeyBlob: string,
  tail: rest,
});
/** OpenSSH's PROTOCOL §1.11: `publickey` that also names the server's host key; these fields take the place of `tail`. */
export const HOSTBOUND = 'publickey-hostbound-v00@openssh.com';
export const hostboundFields = record({ serverHostKey: string, tail: rest });
export const signatureFields = /* @__PURE__ */ record({ signature: string });

export const clientMessages = {
  SSH_MSG_USERAUTH_FAILURE,
  SSH_MSG_USERAUTH_SUCCESS,
  SSH_MSG_USERAUTH_BANNER,
};

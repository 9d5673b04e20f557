/** RFC 4252 §6, §7, §8 and RFC 4256 §3: the messages of user authentication. */
import { boolean, list, nameList, rest, string, text } from '../wire/fields.js';
import { message, record } from '../wire/message.js';

/** Most prompts in one request, and most responses in one answer, that are read. */
export const MAXIMUM_PROMPTS = 32;

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
export const SSH_MSG_USERAUTH_BANNER = message(53, { message: text, languageTag: text });

/** 60-79 belong to the method under way. */
export const SSH_MSG_USERAUTH_PK_OK = message(60, { publicKeyAlgorithmName: text, publicKeyBlob: string });
export const SSH_MSG_USERAUTH_PASSWD_CHANGEREQ = message(60, { prompt: text, languageTag: text });
export const SSH_MSG_USERAUTH_INFO_REQUEST = message(60, {
  name: text,
  instruction: text,
  languageTag: text,
  prompts: list(record({ prompt: text, echo: boolean }), MAXIMUM_PROMPTS),
});
export const SSH_MSG_USERAUTH_INFO_RESPONSE = message(61, { responses: list(text, MAXIMUM_PROMPTS) });

/** Fields of SSH_MSG_USERAUTH_REQUEST that depend on the method. */
export const passwordFields = record({ isChange: boolean, password: text, tail: rest });
export const newPasswordFields = record({ newPassword: text });
export const publicKeyFields = record({
  hasSignature: boolean,
  publicKeyAlgorithmName: text,
  publicKeyBlob: string,
  tail: rest,
});
/** OpenSSH's PROTOCOL §1.11: `publickey` that names the host key of the server too; this stands in the place of `tail`. */
export const HOSTBOUND = 'publickey-hostbound-v00@openssh.com';
export const hostboundFields = record({ serverHostKey: string, tail: rest });
export const signatureFields = record({ signature: string });
export const keyboardInteractiveFields = record({ languageTag: text, submethods: text });

export const clientMessages = {
  SSH_MSG_USERAUTH_FAILURE,
  SSH_MSG_USERAUTH_SUCCESS,
  SSH_MSG_USERAUTH_BANNER,
};

/** RFC 4256 §3: the messages of the method `keyboard-interactive`. */
import { boolean, list, looseText, text } from '../wire/fields.js';
import { message, record } from '../wire/message.js';

/** Most prompts in a request, and most responses in an answer, that are accepted. */
export const MAXIMUM_PROMPTS = 32;

/** The method-specific fields of a client's request. */
export const keyboardInteractiveFields = record({ languageTag: text, submethods: text });

export const SSH_MSG_USERAUTH_INFO_REQUEST = message(60, {
  name: looseText,
  instruction: looseText,
  languageTag: looseText,
  prompts: list(record({ prompt: looseText, echo: boolean }), MAXIMUM_PROMPTS),
});
export const SSH_MSG_USERAUTH_INFO_RESPONSE = message(61, { responses: list(text, MAXIMUM_PROMPTS) });

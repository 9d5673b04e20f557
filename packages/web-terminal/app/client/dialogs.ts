/** What the client asks the user: whether to trust a key, and a server's own questions (RFC 4256). */
import type { Challenge, OfferedHostKey } from '@nacre/core';
import { displayLines, displayText } from '@nacre/web-terminal';
import { ask, make, part } from '../parts.js';

/** @returns whether the user trusts the key. */
export async function askAboutHostKey(server: string, key: OfferedHostKey, signal: AbortSignal): Promise<boolean> {
  part('host-key-server', HTMLElement).textContent = server;
  part('host-key-fingerprint', HTMLElement).textContent = key.fingerprint;
  part('host-key-algorithm', HTMLElement).textContent = `Signed with ${displayText(key.algorithm)}.`;
  return (await ask(part('host-key-dialog', HTMLDialogElement), signal)) === 'trust';
}

/** Cancelled by the user. */
export class CancelledError extends Error {}

/** @throws CancelledError */
export async function answerQuestions(challenge: Challenge, signal: AbortSignal): Promise<readonly string[]> {
  const { name, instruction, prompts } = challenge;
  if (prompts.length === 0) return [];
  const title = displayText(name);
  part('questions-title', HTMLElement).textContent = title === '' ? 'The server asks' : title;
  part('questions-instruction', HTMLElement).textContent = displayLines(instruction, 1024);
  const inputs = prompts.map(({ echo }, index) =>
    make('input', {
      id: `question-${index}`,
      type: echo ? 'text' : 'password',
      autocomplete: 'off',
      maxlength: '1024',
    }),
  );
  const labels = prompts.map(({ prompt }, index) =>
    make('label', { for: `question-${index}` }, displayText(prompt, 256)),
  );
  const fields = part('questions-fields', HTMLElement);
  fields.replaceChildren(...inputs.flatMap((input, index) => [labels[index] ?? '', input]));
  const choice = await ask(part('questions-dialog', HTMLDialogElement), signal);
  const answers = inputs.map(({ value }) => value);
  fields.replaceChildren();
  if (choice !== 'answer') throw new CancelledError();
  return answers;
}

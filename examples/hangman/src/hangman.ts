/** Hangman on a terminal, key by key: an ordinary function that is given a session. */
import type { Session } from '@nacre/core';

const CHANCES = 6;
const SCREEN = { open: '\x1b[?1049h\x1b[?25l', clear: '\x1b[2J\x1b[H', close: '\x1b[?25h\x1b[?1049l' };
const QUIT = /[\x03\x04]/;

/** Plays until the player has had enough: ^C, or `n` to another word. */
export async function playHangman(session: Session, nextWord: () => string): Promise<void> {
  const keys = readKeys(session);
  await session.print(SCREEN.open);
  while (await playWord(session, keys, nextWord()));
  await session.print(`${SCREEN.close}Thanks for playing, ${session.user}.\n`);
}

/** @returns whether the player wants another word. */
async function playWord(session: Session, keys: AsyncGenerator<string>, word: string): Promise<boolean> {
  const guessed = new Set<string>();
  for (;;) {
    const missed = [...guessed].filter((letter) => !word.includes(letter));
    const isLost = missed.length === CHANCES;
    const isOver = isLost || [...word].every((letter) => guessed.has(letter));
    const shown = [...word].map((letter) => (isLost || guessed.has(letter) ? letter : '_')).join(' ');
    const end = isLost ? 'You hang.' : 'You live!';
    const advice = isOver ? `${end} Another word? [y/n]` : 'Guess a letter, or leave with ^C.';
    const drawing = [gallows(missed.length), shown, `missed: ${missed.join(' ')}`, advice].join('\n\n');
    await session.print(`${SCREEN.clear}${drawing}\n`);

    const { value: key, done } = await keys.next();
    if (done || QUIT.test(key) || (isOver && key === 'n')) return false;
    if (isOver && key === 'y') return true;
    if (!isOver && /[a-z]/.test(key)) guessed.add(key);
  }
}

/** Yields letters and controls only: arrows and other keys send sequences that begin with ESC. */
async function* readKeys(session: Session): AsyncGenerator<string> {
  const text = new TextDecoder();
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
    yield* text
      .decode(chunk, { stream: true })
      .replace(/\x1b([[O][\d;]*)?./g, '')
      .toLowerCase();
}

function gallows(misses: number): string {
  const [head, neck, left, right, leg, foot] = Array.from('O|/\\/\\', (part, index) => (index < misses ? part : ' '));
  return `  +---+\n  |   |\n  ${head}   |\n ${left}${neck}${right}  |\n ${leg} ${foot}  |\n      |\n=========`;
}

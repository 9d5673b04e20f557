/** The lines entered before, newest last: a list of strings that an application may keep. */

/** Most lines in a history. */
export const MAXIMUM_HISTORY_LENGTH = 1_000;
/** Total size of a history, in UTF-16 units. */
const MAXIMUM_HISTORY_SIZE = 262_144;
/** Longest line to remember, in UTF-16 units; recalling a line costs time per character. */
const MAXIMUM_REMEMBERED_LINE = 4_096;

/** Adds `line`, unless it is blank, overlong or equal to the newest; the oldest lines are dropped at a limit. */
export function remember(history: string[], line: string): void {
  if (line.trim() === '' || line.length > MAXIMUM_REMEMBERED_LINE || history.at(-1) === line) return;
  history.push(line);
  let size = history.reduce((sum, entry) => sum + entry.length, 0);
  let dropped = Math.max(0, history.length - MAXIMUM_HISTORY_LENGTH);
  for (const entry of history.slice(0, dropped)) size -= entry.length;
  while (size > MAXIMUM_HISTORY_SIZE) {
    size -= history[dropped]!.length;
    dropped += 1;
  }
  if (dropped > 0) history.splice(0, dropped);
}

/** The newest line before `position` that contains `query`; -1 if none does. */
export function findBackward(history: readonly string[], query: string, position: number): number {
  for (let index = position - 1; index >= 0; index -= 1) if (history[index]!.includes(query)) return index;
  return -1;
}

/** The lines that were entered before, newest last: a list of strings that an application may keep. */

/** Most lines in a history. */
export const MAXIMUM_HISTORY_LENGTH = 1_000;
/** All lines of a history, in UTF-16 units. */
const MAXIMUM_HISTORY_SIZE = 262_144;
/** Longest line worth remembering, in UTF-16 units; calling a line back costs time for each of its characters. */
const MAXIMUM_REMEMBERED_LINE = 4_096;

/** Adds `line`, unless it is blank, overlong or the same as the newest; the oldest go where a bound is reached. */
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

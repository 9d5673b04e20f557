/** ssh_config(5), PATTERNS: `*` matches any characters, `?` exactly one, and `!` negates a pattern. */

/** Whether `pattern` matches all of `text`. Takes at most `pattern.length × text.length` steps. */
export function matchesPattern(pattern: string, text: string): boolean {
  let position = 0;
  let index = 0;
  let star = -1;
  let resume = 0;
  while (index < text.length) {
    if (pattern[position] === '*') {
      star = position;
      resume = index;
      position += 1;
    } else if (position < pattern.length && (pattern[position] === '?' || pattern[position] === text[index])) {
      position += 1;
      index += 1;
    } else if (star !== -1) {
      resume += 1;
      index = resume;
      position = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[position] === '*') position += 1;
  return position === pattern.length;
}

/** Whether at least one of `patterns` matches and no negated one does. */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  let matches = false;
  for (const pattern of patterns) {
    if (!pattern.startsWith('!')) matches ||= matchesPattern(pattern, text);
    else if (matchesPattern(pattern.slice(1), text)) return false;
  }
  return matches;
}

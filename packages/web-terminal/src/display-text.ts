/** A peer's text, made safe to show among the page's own: titles, names, banners. */

/** C0, DEL and C1 controls; bidirectional controls and invisible characters, which could make one text look like another. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
/** The same without the line feed. */
const UNSAFE_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** How much of a text is looked at for each character that may be shown, in UTF-16 units: a window title may have 10 MB. */
const EXAMINED = 16;

/** One line of at most `limit` characters, without invisible ones. Put it into the page as text, never as markup. */
export function displayText(text: string, limit = 64): string {
  return cut(beginning(text, limit).replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim(), limit);
}

/** The same for a text of several lines, such as a banner (RFC 4252 §5.4). */
export function displayLines(text: string, limit = 8192): string {
  return cut(beginning(text, limit).replace(/\r\n?/g, '\n').replace(UNSAFE_IN_LINES, ''), limit);
}

function beginning(text: string, limit: number): string {
  return text.slice(0, EXAMINED * limit);
}

function cut(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : text;
}

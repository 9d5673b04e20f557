/** Text of a peer, made fit to stand in a page's own words: titles, names, banners. */

/** C0, DEL and C1 controls; bidirectional controls and invisible characters, which could make a text read as another one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
/** All of those but the line feed. */
const UNSAFE_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** One line of at most `limit` characters, with nothing in it that is not seen. Put it into the page as text, never as markup. */
export function displayText(text: string, limit = 64): string {
  return cut(text.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim(), limit);
}

/** The same for a text of several lines, such as a banner (RFC 4252 §5.4). */
export function displayLines(text: string, limit = 8192): string {
  return cut(text.replace(/\r\n?/g, '\n').replace(UNSAFE_IN_LINES, ''), limit);
}

function cut(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : text;
}

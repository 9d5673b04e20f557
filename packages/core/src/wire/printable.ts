/** Text for a terminal or a log. RFC 4251 §9.2: a peer's text loses control characters and marks that change its direction. */

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** `text` with each such character replaced by a space, cut to `most` UTF-16 units. */
export function printable(text: string, most: number): string {
  return text.slice(0, most).replace(UNPRINTABLE, ' ');
}

/** The text of `error` and its cause for a log record: anything can be thrown, even what has no string. */
export function showThrown(error: unknown): string {
  try {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause === undefined ? String(error) : `${String(error)} (${String(cause)})`;
  } catch {
    return 'a value that cannot be shown';
  }
}

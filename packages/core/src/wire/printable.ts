/** RFC 4251 §9.2: text of a peer may reach a terminal or a log, so control characters go, and so do marks that turn its direction. */

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** `text` with a space for every control character, cut to `most` UTF-16 units. */
export function printable(text: string, most: number): string {
  return text.slice(0, most).replace(UNPRINTABLE, ' ');
}

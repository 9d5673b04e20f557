/** UAX #11, UAX #29: what a person perceives as one character, and how many columns a terminal gives it. */

/** First and last code points of East Asian Wide and Fullwidth blocks; wide emoji have a Unicode property. */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];
const FIRST_WIDE = 0x1100;
const FIRST_MARK = 0x300;
const EMOJI = /^\p{Emoji_Presentation}$/u;
/** Combining marks, formatting characters, and the vowels and finals of Hangul syllables. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\u{1160}-\u{11ff}\u{d7b0}-\u{d7ff}]$/u;
const isRegionalIndicator = (codePoint: number) => codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff;
const isSkinTone = (codePoint: number) => codePoint >= 0x1f3fb && codePoint <= 0x1f3ff;
const JOINED_EMOJI = /\p{Extended_Pictographic}.*\u200d/su;
const SHOWN_AS_EMOJI = /^\p{Emoji}\ufe0f/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Letters and ideographs that are never joined with each other: Intl.Segmenter takes a microsecond per character. */
const NEVER_JOINED = /^[\x20-\x7e\u00a0-\u02ff\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*$/;

/** Longest character in UTF-16 units: Unicode does not limit combining marks, and a cell must be cheap to redraw. */
const MAXIMUM_CHARACTER_LENGTH = 64;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function codePointWidth(codePoint: number): number {
  if (codePoint < FIRST_MARK) return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) ? 0 : 1;
  const character = String.fromCodePoint(codePoint);
  if (ZERO_WIDTH.test(character)) return 0;
  if (codePoint < FIRST_WIDE || isRegionalIndicator(codePoint)) return 1;
  for (const [first, last] of WIDE_RANGES) {
    if (codePoint < first) break;
    if (codePoint <= last) return 2;
  }
  return EMOJI.test(character) ? 2 : 1;
}

/**
 * Columns of one character from `splitCharacters`: the sum over its code points, but two for emoji that are joined
 * (U+200D), have a skin tone or are requested with U+FE0F. Control characters take none.
 */
export function characterWidth(character: string): number {
  if (character.length === 1) return codePointWidth(character.charCodeAt(0));
  if (SHOWN_AS_EMOJI.test(character) || JOINED_EMOJI.test(character)) return 2;
  let width = 0;
  for (const part of character) {
    const codePoint = part.codePointAt(0) ?? 0;
    if (width === 0 || !isSkinTone(codePoint)) width += codePointWidth(codePoint);
  }
  return width;
}

/** Columns of `text`, which must not contain escape sequences. */
export function textWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  return splitCharacters(text).reduce((width, character) => width + characterWidth(character), 0);
}

/** `text` as a list of grapheme clusters, none longer than 64 UTF-16 units. */
export function splitCharacters(text: string): string[] {
  if (NEVER_JOINED.test(text)) return text.split('');
  const characters: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (segment.length <= MAXIMUM_CHARACTER_LENGTH) characters.push(segment);
    else characters.push(...pieces(segment));
  }
  return characters;
}

function pieces(segment: string): string[] {
  const list: string[] = [];
  let piece = '';
  for (const part of segment) {
    if (piece.length + part.length > MAXIMUM_CHARACTER_LENGTH) {
      list.push(piece);
      piece = '';
    }
    piece += part;
  }
  list.push(piece);
  return list;
}

/** Whether another code point may join `character`. */
export function hasRoom(character: string): boolean {
  return character.length < MAXIMUM_CHARACTER_LENGTH / 2;
}

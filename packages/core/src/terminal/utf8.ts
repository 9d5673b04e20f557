/** RFC 3629: UTF-8 that arrives in pieces. */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of complete `bytes`; invalid UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** First and last second bytes other than 80 to BF: excludes overlong forms, surrogates and code points above U+10FFFF. */
const SECOND_BYTES: Readonly<Record<number, readonly [number, number]>> = {
  0xe0: [0xa0, 0xbf],
  0xed: [0x80, 0x9f],
  0xf0: [0x90, 0xbf],
  0xf4: [0x80, 0x8f],
};

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** How many bytes at the end of `bytes` (0 to 3) start a character that more bytes could complete. */
export function unfinishedLength(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let start = end - 1; start >= Math.max(0, end - 3); start -= 1) {
    const lead = bytes[start]!;
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    if (end - start >= sequenceLength(lead)) return 0;
    const [first, last] = SECOND_BYTES[lead] ?? [0x80, 0xbf];
    const second = bytes[start + 1];
    return second === undefined || (second >= first && second <= last) ? end - start : 0;
  }
  return 0;
}

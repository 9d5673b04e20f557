import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { characterWidth, splitCharacters, textWidth } from './width.js';

describe('columns of a character', () => {
  test.each([
    ['a', 1],
    ['é', 1],
    ['e\u0301', 1],
    ['\u0301', 0],
    ['\u200b', 0],
    ['漢', 2],
    ['ｱ', 1],
    ['Ａ', 2],
    ['한', 2],
    ['\u1112\u1161\u11ab', 2],
    ['😀', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['🏳️‍🌈', 2],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['🇩🇪', 2],
    ['🇩', 1],
    ['𠀀', 2],
    ['→', 1],
    ['█', 1],
  ])('%s takes %i', (character, width) => {
    expect(splitCharacters(character)).toEqual([character]);
    expect(characterWidth(character)).toBe(width);
  });

  test('a text is the sum of its characters', () => {
    expect(textWidth('a漢e\u0301😀')).toBe(6);
  });
});

describe('characters of a text', () => {
  test('they are what Intl.Segmenter finds', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const unit = fc.constantFrom(
      'a',
      ' ',
      'é',
      '©',
      '漢',
      'か',
      'ガ',
      '한',
      '\u1100',
      '\u11a8',
      '\u3099',
      '\u0301',
      '👩',
      '\n',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (text) => {
        expect(splitCharacters(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
      }),
      { numRuns: 500 },
    );
  });

  test('joined again they are the text, and none is longer than 64 units', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom('a', '\u0301', '\u200d', '👩', '漢', '🇩'), fc.string()) });
    fc.assert(
      fc.property(text, (given) => {
        expect(splitCharacters(given).join('')).toBe(given);
      }),
    );
    const heap = `a${'\u0301'.repeat(1000)}`;
    const characters = splitCharacters(heap);
    expect(characters.join('')).toBe(heap);
    expect(Math.max(...characters.map((character) => character.length))).toBe(64);
  });
});

/** ssh_config(5), PATTERNS. */
import { expect, test } from 'vitest';
import { matchesPattern, matchesPatternList } from './wildcard.js';

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abcd', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['?', '', false],
  ['*.example.org', 'a.b.example.org', true],
  ['*a*b', 'xaxxab', true],
  ['a**', 'a', true],
])('%j against %j: %j', (pattern, text, expected) => {
  expect(matchesPattern(pattern, text)).toBe(expected);
});

test('a negated pattern beats the others, and alone matches nothing', () => {
  expect(matchesPatternList(['*.example.org', '!bad.example.org'], 'good.example.org')).toBe(true);
  expect(matchesPatternList(['*.example.org', '!bad.example.org'], 'bad.example.org')).toBe(false);
  expect(matchesPatternList(['!bad'], 'good')).toBe(false);
});

test('many stars take no time', () => {
  expect(matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false);
});

import { expect, test } from 'vitest';
import { displayLines, displayText } from './display-text.js';

test('controls, bidirectional and invisible characters never reach the page', () => {
  expect(displayText('a\u001b]0;x\u0007b\u202ec\u200bd\u0085e\u2066f')).toBe('a ]0;x b c d e f');
  expect(displayText('  two\n lines ')).toBe('two lines');
});

test('what people write stays', () => {
  expect(displayText('Grüße 日本語 🐚')).toBe('Grüße 日本語 🐚');
  expect(displayText('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
});

test('is cut at whole characters', () => {
  expect(displayText('🐚'.repeat(10), 4)).toBe('🐚🐚🐚…');
});

test('lines stay lines', () => {
  expect(displayLines('one\r\ntwo\u001b[2J\u202e')).toBe('one\ntwo[2J');
});

test('of a text of megabytes only the beginning is looked at', () => {
  expect(displayText(`${' '.repeat(16 * 4)}abc`, 4)).toBe('');
  expect(displayText(`${' '.repeat(16 * 4 - 1)}abc`, 4)).toBe('a');
  expect(displayLines(`${'\u200b'.repeat(16 * 4)}abc`, 4)).toBe('');
});

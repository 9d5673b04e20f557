/** What is left out of what a viewer sees: one piece, from where it fell behind to where it has caught up. */
import { expect, test } from 'vitest';
import { WatchWindow } from './watch-window.js';

test('once some output is left out, all is until the viewer has shown what it has', () => {
  const window = new WatchWindow(100);
  expect(window.admit(100)).toBe(true);
  expect(window.admit(1)).toBe(false);
  window.shown(50);
  expect(window.admit(10)).toBe(false);
  window.shown(50);
  expect(window.admit(10)).toBe(true);
  expect([window.takeSkipped(), window.takeSkipped()]).toEqual([11, 0]);
});

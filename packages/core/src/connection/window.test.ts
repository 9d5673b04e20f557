/** RFC 4254 §5.2: the window of a channel, to the byte. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { ReceiveWindow, SendWindow } from './window.js';

test('a window may have 2^32-1 bytes, and not one more', () => {
  const window = new SendWindow(5);
  window.add(2 ** 32 - 6);
  expect(window.size).toBe(2 ** 32 - 1);
  window.add(0);
  expect(() => window.add(1)).toThrow(ProtocolError);
  window.use(1);
  window.add(1);
  expect(window.size).toBe(2 ** 32 - 1);
});

test('a peer may send what it was granted, and not a byte more; half of that comes back at a time', () => {
  const window = new ReceiveWindow(10);
  window.receive(10);
  expect(() => window.receive(1)).toThrow(ProtocolError);
  expect([window.consumed(4), window.consumed(1), window.size]).toEqual([0, 5, 5]);
  window.receive(5);
  expect(() => window.receive(1)).toThrow(ProtocolError);
});

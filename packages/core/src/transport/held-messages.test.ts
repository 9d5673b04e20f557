/** RFC 4253 §7.1: messages that wait for a key exchange to end, in order and within limits. */
import { describe, expect, test } from 'vitest';
import { LimitError } from '../errors.js';
import { HeldMessages, PostponedMessages } from './held-messages.js';

const PONG = new Uint8Array(256 * 1024);

describe('ours', () => {
  test('leave in order, once', () => {
    const held = new HeldMessages();
    const messages = [Uint8Array.of(80), Uint8Array.of(90, 1), Uint8Array.of(94)];
    for (const message of messages) held.hold(message);
    expect(held.release()).toEqual(messages);
    expect(held.isEmpty).toBe(true);
    expect(held.release()).toEqual([]);
  });

  test('are many enough at 64, or where one more answer would be too much: nobody gets more answers then', () => {
    const few = new HeldMessages();
    for (let count = 0; count < 63; count += 1) few.hold(Uint8Array.of(193));
    expect(few.isFull).toBe(false);
    few.hold(Uint8Array.of(193));
    expect(few.isFull).toBe(true);
    // Unless it is full, there is room for the largest answer.
    const large = new HeldMessages();
    while (!large.isFull) large.hold(PONG);
    expect(large.release()).toHaveLength(7);
  });

  test('are refused beyond 2 MiB, and there is room again once they have left', () => {
    const held = new HeldMessages();
    const holdAll = (): void => {
      for (let count = 0; count < 8; count += 1) held.hold(PONG);
    };
    expect(holdAll).toThrow(LimitError);
    held.release();
    held.hold(PONG);
    expect(held.release()).toEqual([PONG]);
  });
});

describe('the peer’s', () => {
  test('are kept as they came, with the number of their packet', () => {
    const postponed = new PostponedMessages();
    const payload = Uint8Array.of(98, 1, 2);
    postponed.add(payload, 7);
    postponed.add(Uint8Array.of(100), 8);
    payload.fill(0);
    expect(postponed.next()).toEqual({ payload: Uint8Array.of(98, 1, 2), sequenceNumber: 7 });
    expect(postponed.isEmpty).toBe(false);
    expect(postponed.next()).toEqual({ payload: Uint8Array.of(100), sequenceNumber: 8 });
    expect(postponed.isEmpty).toBe(true);
  });

  test('are refused beyond 2 MiB, and there is room again once all are handled', () => {
    const postponed = new PostponedMessages();
    for (let count = 0; count < 7; count += 1) postponed.add(PONG, count);
    expect(() => postponed.add(PONG, 7)).toThrow(LimitError);
    const small = new PostponedMessages();
    for (let round = 0; round < 9; round += 1) {
      small.add(PONG, round);
      small.next();
    }
    expect(small.isEmpty).toBe(true);
  });
});

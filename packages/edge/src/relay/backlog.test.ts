import { expect, test } from 'vitest';
import { Backlogs } from './backlog.js';
import type { RelaySocket } from './platform.js';

/** One whose reader takes bytes when told. */
class SlowSocket implements RelaySocket {
  readonly readyState = 1;
  bufferedAmount = 0;
  accept(): void {}
  close(): void {}
  serializeAttachment(): void {}
  deserializeAttachment(): unknown {
    return undefined;
  }
  send(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void {
    this.bufferedAmount += typeof message === 'string' ? message.length : message.byteLength;
  }
}

const bytes = (length: number): ArrayBuffer => new ArrayBuffer(length);

test('bytes that a reader has taken do not count', () => {
  const [backlogs, socket] = [new Backlogs(), new SlowSocket()];
  expect(backlogs.send(socket, bytes(1_000))).toBe(1_128);
  socket.bufferedAmount = 0;
  expect(backlogs.of(socket)).toBe(0);
});

test('Security: messages of one byte count with the memory that they take', () => {
  const [backlogs, socket] = [new Backlogs(), new SlowSocket()];
  for (let sent = 0; sent < 1_000; sent += 1) backlogs.send(socket, bytes(1));
  expect(backlogs.of(socket)).toBeGreaterThan(100_000);
});

test('a link that is never quite empty costs no more after a gigabyte', () => {
  const [backlogs, socket] = [new Backlogs(), new SlowSocket()];
  let most = 0;
  for (let sent = 0; sent < 20_000; sent += 1) {
    most = Math.max(most, backlogs.send(socket, bytes(65_536)));
    if (socket.bufferedAmount > 8 * 65_536) socket.bufferedAmount -= 65_536;
  }
  expect(most).toBeLessThan(10 * 65_536);
});

test('all readers together: counted anew before it is said that there is too much', () => {
  const [backlogs, sockets] = [new Backlogs(), [new SlowSocket(), new SlowSocket()]];
  const [first, second] = sockets as [SlowSocket, SlowSocket];
  backlogs.send(first, bytes(600));
  first.bufferedAmount = 0;
  backlogs.send(second, bytes(600));
  expect(backlogs.exceeds(1_000, () => sockets)).toBe(false);
  backlogs.send(first, bytes(600));
  expect(backlogs.exceeds(1_000, () => sockets)).toBe(true);
});

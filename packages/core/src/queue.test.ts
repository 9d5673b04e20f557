import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionClosedError } from './errors.js';
import { ByteQueue, ChannelWriter, ChunkList, EventQueue, inOwnMemory } from './queue.js';

test('chunks come out as the bytes went in, however they were cut', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 3000 });
  fc.assert(
    fc.property(fc.array(fc.oneof(chunk, fc.constant('take' as const)), { maxLength: 60 }), (steps) => {
      const list = new ChunkList();
      const given: number[] = [];
      const taken: number[] = [];
      for (const step of steps) {
        if (step === 'take') taken.push(...(list.shift() ?? []));
        else {
          given.push(...step);
          list.push(step);
        }
      }
      for (let next = list.shift(); next !== undefined; next = list.shift()) taken.push(...next);
      expect(taken).toEqual(given);
    }),
  );
});

test('a window of single bytes takes few chunks', () => {
  const list = new ChunkList();
  for (let index = 0; index < 100_000; index += 1) list.push(Uint8Array.of(index));
  expect(list.length).toBeLessThan(20);
});

test('what is handed out does not change when more comes', () => {
  const list = new ChunkList();
  list.push(Uint8Array.of(1));
  list.push(Uint8Array.of(2));
  list.push(Uint8Array.of(3));
  list.shift();
  const second = list.shift()!;
  list.push(Uint8Array.of(4));
  list.push(Uint8Array.of(5));
  expect([...second]).toEqual([2, 3]);
});

test('credit is given back once for each byte, read or discarded', async () => {
  let consumed = 0;
  const queue = new ByteQueue((bytes) => (consumed += bytes));
  for (let index = 0; index < 10; index += 1) queue.push(new Uint8Array(100));
  await queue.read();
  queue.discard();
  queue.push(new Uint8Array(7));
  expect(consumed).toBe(1007);
  expect(await queue.read()).toBeUndefined();
});

test('an end that comes too early: what has arrived is read first, and after that the error as often as asked', async () => {
  const queue = new ByteQueue(() => undefined);
  const error = new Error('too early');
  const waiting = queue.read();
  queue.push(Uint8Array.of(1));
  queue.push(Uint8Array.of(2));
  queue.end(error);
  expect([await waiting, await queue.read()]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  for (let count = 0; count < 2; count += 1) await expect(queue.read()).rejects.toBe(error);
  queue.discard();
  expect(await queue.read()).toBe(undefined);
  const interrupted = new ByteQueue(() => undefined);
  const reader = interrupted.read();
  interrupted.end(error);
  await expect(reader).rejects.toBe(error);
  const whole = new ByteQueue(() => undefined);
  whole.end();
  whole.end(error);
  expect(await whole.read()).toBe(undefined);
});

test('writers are released, or told that they are too late', async () => {
  const channel = { isWritable: true, queued: 0, write: () => undefined };
  const writer = new ChannelWriter(channel, 'over');
  await writer.write(Uint8Array.of(1));
  channel.queued = 1;
  const first = writer.write(Uint8Array.of(2));
  writer.drained();
  await first;
  const second = writer.write(Uint8Array.of(3));
  channel.isWritable = false;
  await expect(writer.write(Uint8Array.of(4))).rejects.toThrow('over');
  writer.drained();
  await second;
  channel.isWritable = true;
  const third = writer.write(Uint8Array.of(5));
  writer.closed();
  await expect(third).rejects.toThrow(ConnectionClosedError);
});

test('bytes are kept as they are where they are nearly all of their memory', () => {
  const memory = new Uint8Array(32 * 1024 + 40);
  const packet = memory.subarray(10, 10 + 32 * 1024);
  expect(inOwnMemory(packet)).toBe(packet);
});

test.each([
  ['two that fill a chunk', 65_608, 32 * 1024],
  ['small ones', 120, 40],
  ['one that fills most of a chunk, and a small one', 48 * 1024, 32 * 1024, 100],
])(
  'Security: of %s none is lost when an application hands the memory of another on',
  (_what, length, size, next = size) => {
    const chunk = new Uint8Array(length).fill(7);
    const first = inOwnMemory(chunk.subarray(5, 5 + size));
    expect(first.buffer.byteLength).toBe(size);
    structuredClone(first, { transfer: [first.buffer] });
    // A handler that waits may have kept this one from being opened.
    const second = inOwnMemory(chunk.subarray(10 + size, 10 + size + next));
    expect(second).toEqual(new Uint8Array(next).fill(7));
  },
);

test('whoever reads at the same time gets the next chunks in turn, and all are told of the end', async () => {
  const queue = new ByteQueue(() => undefined);
  const reads = Array.from({ length: 4 }, () => queue.read());
  queue.push(Uint8Array.of(1));
  queue.push(Uint8Array.of(2));
  queue.end();
  expect(await Promise.all(reads)).toEqual([Uint8Array.of(1), Uint8Array.of(2), undefined, undefined]);
  const interrupted = new ByteQueue(() => undefined);
  const broken = [interrupted.read(), interrupted.read()];
  interrupted.end(new Error('the connection broke'));
  for (const read of broken) await expect(read).rejects.toThrow('the connection broke');
});

test('whoever waits for events at the same time gets them in turn, and all are told of the end', async () => {
  const queue = new EventQueue<number>(8);
  const events = queue[Symbol.asyncIterator]();
  const waiting = Array.from({ length: 3 }, () => events.next());
  queue.push(1);
  queue.end();
  expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual([1, undefined, undefined]);
});

test('of events that nobody takes the latest are kept', async () => {
  const queue = new EventQueue<number>(3);
  for (let event = 0; event < 5; event += 1) queue.push(event);
  queue.end();
  const taken: number[] = [];
  for await (const event of queue) taken.push(event);
  expect(taken).toEqual([2, 3, 4]);
});

import { describe, expect, test } from 'vitest';
import type { LinkReceiver } from '@nacre/core';
import { fromWebSocket, type StandardWebSocket } from './web-socket-link.js';

const KIBIBYTE = 1024;

type Listener = (event: never) => void;

class FakeSocket implements StandardWebSocket {
  binaryType = 'blob';
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: number[] = [];
  readonly closes: (number | undefined)[] = [];
  readonly #listeners = new Map<string, Listener[]>();

  send(bytes: Uint8Array): void {
    this.sent.push(bytes.length);
    this.bufferedAmount += bytes.length;
  }

  close(code?: number): void {
    this.closes.push(code);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }

  receive(text: string): void {
    this.emit('message', { data: new TextEncoder().encode(text).buffer });
  }
}

/** What happened, in order. */
function recorder(): LinkReceiver & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    chunk: (bytes) => void events.push(new TextDecoder().decode(bytes)),
    end: (error) => void events.push(error instanceof Error ? `failed: ${error.message}` : 'end'),
    drain: () => void events.push('drain'),
  };
}

function openLink() {
  const socket = new FakeSocket();
  const due: { callback: () => void; milliseconds: number }[] = [];
  const link = fromWebSocket(socket, { schedule: (callback, milliseconds) => due.push({ callback, milliseconds }) });
  const receiver = recorder();
  link.open(receiver);
  const elapse = (): number => {
    const next = due.shift();
    next?.callback();
    return next?.milliseconds ?? 0;
  };
  return { socket, link, receiver, elapse };
}

describe('the way in', () => {
  test('asks for bytes: recent runtimes deliver Blobs unless told', () => {
    expect(openLink().socket.binaryType).toBe('arraybuffer');
  });

  test('keeps what comes before anyone listens, and its end', () => {
    const socket = new FakeSocket();
    const link = fromWebSocket(socket);
    socket.receive('SSH-2.0-');
    socket.receive('early\r\n');
    socket.emit('close', { code: 1000, reason: '' });
    const receiver = recorder();
    link.open(receiver);
    expect(receiver.events).toEqual(['SSH-2.0-', 'early\r\n', 'end']);
  });

  test('ends where much comes before anyone listens', () => {
    const socket = new FakeSocket();
    fromWebSocket(socket);
    for (let index = 0; index < 65; index += 1) socket.receive('x'.repeat(KIBIBYTE));
    expect(socket.closes).toEqual([3000]);
  });

  test('a text frame ends it with 1003, and nothing is delivered afterwards', () => {
    const { socket, receiver } = openLink();
    socket.emit('message', { data: 'hello' });
    socket.receive('more');
    expect(socket.closes).toEqual([1003]);
    expect(receiver.events).toEqual(['failed: a text frame came; only binary frames carry ssh']);
  });

  test.each([
    [1000, 'end'],
    [1001, 'failed: the WebSocket was closed: 1001 gone'],
    [1006, 'failed: the WebSocket was closed: 1006 gone'],
  ])('a Close %i is told as one end', (code, expected) => {
    const { socket, receiver } = openLink();
    socket.emit('close', { code, reason: 'gone' });
    socket.emit('error', {});
    expect(receiver.events).toEqual([expected]);
  });
});

describe('the way out', () => {
  test('sends frames of 256 KiB at most', () => {
    const { socket, link } = openLink();
    link.write(new Uint8Array(600 * KIBIBYTE));
    expect(socket.sent).toEqual([256 * KIBIBYTE, 256 * KIBIBYTE, 88 * KIBIBYTE]);
  });

  test('waits while much has not left, asks less and less often, and goes on', () => {
    const { socket, link, receiver, elapse } = openLink();
    expect(link.write(new Uint8Array(256 * KIBIBYTE))).toBe(true);
    expect(link.write(new Uint8Array(512 * KIBIBYTE))).toBe(false);
    expect([elapse(), elapse(), elapse()]).toEqual([1, 2, 4]);
    socket.bufferedAmount = 400 * KIBIBYTE;
    expect([elapse(), elapse()]).toEqual([8, 1]);
    expect(receiver.events).toEqual([]);
    socket.bufferedAmount = 200 * KIBIBYTE;
    elapse();
    expect(receiver.events).toEqual(['drain']);
  });

  test('ends with 1000, breaks with another code', () => {
    const ending = openLink();
    ending.link.end();
    expect(ending.socket.closes).toEqual([1000]);
    const breaking = openLink();
    breaking.link.destroy();
    expect(breaking.socket.closes).toEqual([3000]);
  });

  test('sends nothing on a socket that is closing: some runtimes throw', () => {
    const { socket, link } = openLink();
    socket.readyState = 2;
    expect(link.write(new Uint8Array(1))).toBe(true);
    expect(socket.sent).toEqual([]);
  });
});

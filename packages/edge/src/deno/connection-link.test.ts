import { describe, expect, test } from 'vitest';
import { fromDenoConnection, type DenoConnection } from './connection-link.js';

/** A connection whose calls the test settles. */
class FakeConnection implements DenoConnection {
  readonly remoteAddr = { hostname: '192.0.2.1', port: 1234 };
  readonly calls: string[] = [];
  /** The most that one `write` takes. */
  most = Number.POSITIVE_INFINITY;
  #read: { into: Uint8Array; resolve: (length: number | null) => void; reject: (error: Error) => void } | undefined;
  #write: (() => void) | undefined;

  read(into: Uint8Array): Promise<number | null> {
    this.calls.push(`read ${into.length}`);
    return new Promise((resolve, reject) => {
      this.#read = { into, resolve, reject };
    });
  }

  async deliver(length: number): Promise<void> {
    this.#read?.into.fill(1, 0, length);
    this.#read?.resolve(length);
    await turn();
  }

  async finish(error?: Error): Promise<void> {
    if (error === undefined) this.#read?.resolve(null);
    else this.#read?.reject(error);
    await turn();
  }

  write(bytes: Uint8Array): Promise<number> {
    const length = Math.min(bytes.length, this.most);
    this.calls.push(`write ${length}`);
    return new Promise((resolve) => {
      this.#write = () => resolve(length);
    });
  }

  async written(): Promise<void> {
    this.#write?.();
    await turn();
  }

  closeWrite(): Promise<void> {
    this.calls.push('closeWrite');
    return Promise.resolve();
  }

  close(): void {
    this.calls.push('close');
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function openLink() {
  const connection = new FakeConnection();
  const link = fromDenoConnection(connection);
  const events: string[] = [];
  link.open({
    chunk: (bytes) => void events.push(`chunk ${bytes.length}`),
    end: (error) => void events.push(error instanceof Error ? error.message : 'end'),
    drain: () => void events.push('drain'),
  });
  return { connection, link, events };
}

test('knows the address of its peer', () => {
  expect(openLink().link.peer).toEqual({ remoteAddress: '192.0.2.1', remotePort: 1234, isDirect: true });
});

describe('reading', () => {
  test('takes larger reads the more there is, smaller ones the less', async () => {
    const { connection, events } = openLink();
    await connection.deliver(4096);
    await connection.deliver(8192);
    await connection.deliver(10);
    expect(connection.calls).toEqual(['read 4096', 'read 8192', 'read 16384', 'read 8192']);
    expect(events).toEqual(['chunk 4096', 'chunk 8192', 'chunk 10']);
  });

  test('stops behind the read that is under way, and goes on once', async () => {
    const { connection, link, events } = openLink();
    link.pause();
    await connection.deliver(5);
    expect(connection.calls).toEqual(['read 4096']);
    link.resume();
    link.resume();
    expect(connection.calls).toEqual(['read 4096', 'read 4096']);
    expect(events).toEqual(['chunk 5']);
  });

  test('tells the end, or the error', async () => {
    const ended = openLink();
    await ended.connection.finish();
    expect(ended.events).toEqual(['end']);
    const failed = openLink();
    await failed.connection.finish(new Error('reset'));
    expect(failed.events).toEqual(['reset']);
  });
});

describe('writing', () => {
  test('one write after another, whole, then the end', async () => {
    const { connection, link } = openLink();
    connection.most = 6;
    link.write(new Uint8Array(10));
    link.write(new Uint8Array(3));
    link.end();
    for (let index = 0; index < 3; index += 1) await connection.written();
    expect(connection.calls.slice(1)).toEqual(['write 6', 'write 4', 'write 3', 'closeWrite']);
  });

  test('waits above 256 KiB, and tells when there is room', async () => {
    const { connection, link, events } = openLink();
    expect(link.write(new Uint8Array(200 * 1024))).toBe(true);
    expect(link.write(new Uint8Array(100 * 1024))).toBe(false);
    await connection.written();
    expect(events).toEqual(['drain']);
  });

  test('closes once', () => {
    const { connection, link } = openLink();
    link.destroy();
    link.destroy();
    expect(connection.calls).toEqual(['read 4096', 'close']);
  });
});

describe('the end of both directions', () => {
  test('closes the connection, once, and not before', async () => {
    const { connection, link } = openLink();
    await connection.finish();
    expect(connection.calls).not.toContain('close');
    link.end();
    await turn();
    expect(connection.calls.at(-1)).toBe('close');
    link.destroy();
    expect(connection.calls.filter((call) => call === 'close')).toEqual(['close']);
  });

  test('a failed write is reported to its caller', async () => {
    const connection = new FakeConnection();
    connection.write = () => Promise.reject(new Error('broken'));
    const link = fromDenoConnection(connection);
    let isGone = false;
    link.open({ chunk: () => undefined, end: () => undefined, drain: () => undefined, gone: () => (isGone = true) });
    link.write(new Uint8Array(1));
    await turn();
    expect(isGone).toBe(true);
  });
});

/** A visitor that says exactly what a case wants: bytes of HTTP, then frames of RFC 6455 §5.2, legal or not. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Cleanup } from '../../interop/processes.js';
import type { Bridge } from './subject.js';

export type Headers = readonly (readonly [name: string, value: string])[];

/** What an admitted upgrade says, in addition to its secret. */
export function upgradeHeaders(bridge: Bridge): Headers {
  return [
    ['Host', bridge.host],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ];
}

export function bearer(token: string): readonly [string, string] {
  return ['Authorization', `Bearer ${token}`];
}

/** Leaves out, or says otherwise, what `changes` name. */
export function changed(headers: Headers, changes: Readonly<Record<string, string | undefined>>): Headers {
  return headers.flatMap(([name, value]) => {
    const wanted = name in changes ? changes[name] : value;
    return wanted === undefined ? [] : [[name, wanted] as const];
  });
}

export function requestText(headers: Headers, target = '/', method = 'GET'): string {
  return `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export interface FrameOptions {
  /** The first byte: FIN, RSV and opcode. */
  readonly first: number;
  readonly payload?: Buffer;
  /** What the header says, where that is not true. */
  readonly length?: number;
  readonly isMasked?: boolean;
}

export const BINARY = 0x82;
export const TEXT = 0x81;
export const PING = 0x89;
export const CLOSE = 0x88;
const MASK = Buffer.from('01020304', 'hex');

export function frame({
  first,
  payload = Buffer.alloc(0),
  length = payload.length,
  isMasked = true,
}: FrameOptions): Buffer {
  const flag = isMasked ? 0x80 : 0;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = first;
  if (length < 126) head[1] = flag | length;
  else if (length < 65_536) {
    head[1] = flag | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = flag | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  if (!isMasked) return Buffer.concat([head, payload]);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0)));
  return Buffer.concat([head, MASK, masked]);
}

/** What the bridge has answered. */
export interface Answer {
  /** Of the response; 0 where there was none. */
  readonly status: number;
  readonly head: string;
  /** Of the Close frame; 1006 where the connection ended without one. */
  readonly code: number;
  /** All of it. */
  readonly text: string;
}

export class RawVisitor {
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.#bytes = Buffer.concat([this.#bytes, chunk])));
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async come(cleanup: Cleanup, { port }: Bridge): Promise<RawVisitor> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    cleanup(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawVisitor(socket);
  }

  send(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Waits for the head of a response. */
  async response(): Promise<Answer> {
    await this.#until(() => this.#bytes.includes('\r\n\r\n'));
    return this.#answer();
  }

  /** Waits for a text, whatever is around it. @throws where the connection ends without it */
  async hears(text: string): Promise<void> {
    await this.#until(() => this.#bytes.includes(text));
    if (!this.#bytes.includes(text)) throw new Error(`"${text}" did not come`);
  }

  /** Waits for a Close frame, or for the end of the connection. */
  async end(): Promise<Answer> {
    await this.#until(() => this.#closeCode() !== undefined);
    return this.#answer();
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere() && !this.socket.readableEnded && !this.socket.destroyed) {
      const stop = new AbortController();
      const { signal } = stop;
      const wait = (event: string): Promise<unknown> => once(this.socket, event, { signal }).catch(() => undefined);
      await Promise.race([wait('data'), wait('end'), this.#closed]);
      stop.abort();
    }
  }

  #answer(): Answer {
    const text = this.#bytes.toString('latin1');
    const [head = ''] = text.split('\r\n\r\n', 1);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
    return { status, head, code: this.#closeCode() ?? 1006, text };
  }

  /** The bridge's frames are short or whole, and are not masked. */
  #closeCode(): number | undefined {
    const start = this.#bytes.indexOf('\r\n\r\n');
    if (start < 0) return undefined;
    let rest = this.#bytes.subarray(start + 4);
    while (rest.length >= 2) {
      const [first = 0, short = 0] = rest;
      const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
      if (rest.length < 2 + extended) return undefined;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < 2 + extended + length) return undefined;
      const payload = rest.subarray(2 + extended, 2 + extended + length);
      if (first === CLOSE) return payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      rest = rest.subarray(2 + extended + length);
    }
    return undefined;
  }
}

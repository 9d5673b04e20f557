/** A server that sends what it is told to: it lets everybody in and echoes, until a case wants something else. */
import type { ByteLink, Signer } from '@nacre/core';
import { concat, readStrings, readUint32, str, uint32 } from './bytes.js';
import { RawEnd } from './raw-end.js';
import type { RawTransportOptions } from './raw-transport.js';

export interface RawServerOptions extends RawTransportOptions {
  readonly hostKey: Signer;
  /** Numbers of messages that it does not answer. */
  readonly ignores?: readonly number[];
}

export class RawServer extends RawEnd {
  readonly #ignores: readonly number[];
  /** The client's id of each channel; ours is its place. */
  readonly #channels: number[] = [];

  constructor(link: ByteLink, options: RawServerOptions) {
    super('server', link, options);
    this.#ignores = options.ignores ?? [];
  }

  protected override answer(payload: Uint8Array): void {
    const number = payload[0]!;
    if (this.#ignores.includes(number)) return;
    if (number === 5) this.send([6], str('ssh-userauth'));
    if (number === 50) this.send([52]);
    if (number === 80) this.send([82]);
    if (number === 90) this.#open(payload);
    if (number === 94) this.send([94], uint32(this.#channels[readUint32(payload, 1)]!), payload.subarray(5));
    if (number === 98) this.#request(payload);
  }

  #open(payload: Uint8Array): void {
    const [type] = readStrings(payload, 1, 1);
    const remoteId = readUint32(payload, 5 + type!.length);
    this.#channels.push(remoteId);
    this.send([91], uint32(remoteId), uint32(this.#channels.length - 1), uint32(2 ** 21), uint32(2 ** 15));
  }

  #request(payload: Uint8Array): void {
    const [type] = readStrings(payload, 1, 5);
    const wantsReply = payload[9 + type!.length] !== 0;
    if (wantsReply) this.send(concat([99], uint32(this.#channels[readUint32(payload, 1)]!)));
  }
}

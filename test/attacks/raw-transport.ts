/**
 * RFC 4253 for tests, written a second time and independent of ours: it behaves if left alone, and sends whatever it is told to,
 * whenever, with any KEXINIT, strict or not, resetting its sequence numbers or not.
 */
import {
  ciphers as ourCiphers,
  macs as ourMacs,
  type CipherAlgorithm,
  type MacAlgorithm,
  type Signer,
} from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Values } from '../../packages/core/src/wire/fields.js';
import { SSH_MSG_KEXINIT } from '../../packages/core/src/transport/messages.js';
import { bytes, concat, readStrings, str } from './bytes.js';
import { agree, directionKeys, exchangeHash, ownShare } from './raw-keys.js';
import { RawOpener, RawSealer, type Lies } from './raw-packets.js';

export type Kexinit = Values<typeof SSH_MSG_KEXINIT.fields>;

export interface RawTransportOptions {
  readonly identification?: string;
  /** What ends the identification; CR LF by default. */
  readonly lineEnd?: string;
  /** The only exchange that it performs itself is curve25519-sha256; with others, what follows KEXINIT is up to the case. */
  readonly keyExchange?: string;
  readonly cipher?: string;
  readonly mac?: string;
  /** Rows to look names up in, in addition to those offered by default. */
  readonly ciphers?: Readonly<Record<string, CipherAlgorithm>>;
  readonly macs?: Readonly<Record<string, MacAlgorithm>>;
  readonly compression?: string;
  /** Announces strict key exchange; true by default. */
  readonly strict?: boolean;
  /** Keeps counting packets where strict key exchange resets the count. */
  readonly countsOn?: boolean;
  /** Changes the KEXINIT of each exchange; the first is number 0. */
  readonly kexinit?: (legal: Kexinit, exchange: number) => Kexinit;
  /** A payload to send right after each KEXINIT: the guess that first_kex_packet_follows announces. */
  readonly guess?: Uint8Array;
  /** Answers no KEXINIT and nothing of an exchange, or of any but the first. */
  readonly leavesExchange?: boolean | 'later';
  /** A server's. */
  readonly hostKey?: Signer;
  /** The message before which it stops, and in which exchange; the first is number 0. */
  readonly stop?: { readonly before: 31 | 21; readonly exchange: number };
  /** Changes payloads between packets and their handling: compression. */
  readonly transform?: { readonly outgoing: Transform; readonly incoming: Transform };
}

type Transform = (payload: Uint8Array) => Uint8Array;

/** What the roles do differently within an exchange. */
interface Exchange {
  readonly localKexinit: Uint8Array;
  remoteKexinit?: Uint8Array;
  keys?: { readonly secret: Uint8Array; readonly hash: Uint8Array };
}

export class RawTransport {
  readonly role: 'client' | 'server';
  readonly sealer = new RawSealer();
  readonly opener = new RawOpener();
  sessionId: Uint8Array | undefined;
  remoteIdentification: string | undefined;
  remoteKexinit: Kexinit | undefined;
  /** Both sides announced it. */
  strict = false;
  /** Exchanges finished, both ways. */
  exchanges = 0;
  /** A server's; it may be replaced between exchanges. */
  hostKey: Signer | undefined;
  /** Replaces the server's SSH_MSG_KEX_ECDH_REPLY. */
  reply: (legal: Reply) => Awaitable<Reply> = (legal) => legal;
  /** The server's reply in the current exchange, sent or not. */
  legalReply: Uint8Array | undefined;
  readonly #options: RawTransportOptions;
  readonly #identification: string;
  #outgoing: Uint8Array[] = [];
  #exchange: Exchange | undefined;
  /** A client has guessed wrong: its next message of the exchange must be ignored (RFC 4253 §7). */
  #passesOver = false;

  constructor(role: 'client' | 'server', options: RawTransportOptions) {
    this.role = role;
    this.#options = options;
    this.hostKey = options.hostKey;
    this.#identification = options.identification ?? 'SSH-2.0-test';
    this.#outgoing.push(bytes(`${this.#identification}${options.lineEnd ?? '\r\n'}`));
    this.#begin();
  }

  get outgoingLength(): number {
    return this.#outgoing.length;
  }

  /** True from our KEXINIT to the peer's NEWKEYS. */
  get isExchanging(): boolean {
    return this.#exchange !== undefined;
  }

  /** Everything that waits to be sent. */
  take(): Uint8Array {
    const whole = concat(...this.#outgoing);
    this.#outgoing = [];
    return whole;
  }

  /** A packet under the current keys. It takes a sequence number, so it has to be sent, or be the last. */
  seal(payload: Uint8Array, lies?: Lies): Uint8Array {
    const { transform } = this.#options;
    return this.sealer.seal(
      transform !== undefined && this.exchanges > 0 ? transform.outgoing(payload) : payload,
      lies,
    );
  }

  send(payload: Uint8Array): void {
    this.#outgoing.push(this.seal(payload));
  }

  /** Sends a KEXINIT unless an exchange is in progress. */
  rekey(): void {
    if (this.#exchange === undefined) this.#begin();
  }

  /** A legal KEXINIT, not sent. */
  kexinit(): Uint8Array {
    const {
      keyExchange = 'curve25519-sha256',
      cipher = 'aes128-ctr',
      mac = 'hmac-sha2-256',
      strict = true,
    } = this.#options;
    const { compression = 'none', kexinit = (legal) => legal } = this.#options;
    const isFirst = this.sessionId === undefined;
    const letter = this.role === 'client' ? 'c' : 's';
    const markers = isFirst && strict ? [`kex-strict-${letter}-v00@openssh.com`] : [];
    const extInfo = isFirst ? [`ext-info-${letter}`] : [];
    const legal: Kexinit = {
      cookie: new Uint8Array(16),
      kexAlgorithms: [keyExchange, ...extInfo, ...markers],
      serverHostKeyAlgorithms: this.hostKey?.algorithms ?? HOST_KEY_ALGORITHMS,
      encryptionAlgorithmsClientToServer: [cipher],
      encryptionAlgorithmsServerToClient: [cipher],
      macAlgorithmsClientToServer: [mac],
      macAlgorithmsServerToClient: [mac],
      compressionAlgorithmsClientToServer: [compression],
      compressionAlgorithmsServerToClient: [compression],
      languagesClientToServer: [],
      languagesServerToClient: [],
      firstKexPacketFollows: this.#options.guess !== undefined,
      reserved: 0,
    };
    return SSH_MSG_KEXINIT.encode(kexinit(legal, this.exchanges));
  }

  receive(chunk: Uint8Array): void {
    this.opener.push(chunk);
    while (this.remoteIdentification === undefined) {
      const line = this.opener.line();
      if (line === undefined) return;
      if (line.startsWith('SSH-')) this.remoteIdentification = line;
    }
  }

  /** The next payload that has arrived completely. */
  next(): Uint8Array | undefined {
    if (this.remoteIdentification === undefined) return undefined;
    const payload = this.opener.next();
    const { transform } = this.#options;
    if (payload === undefined || transform === undefined || this.exchanges === 0) return payload;
    return transform.incoming(payload);
  }

  /** Does what the RFC requires on a message of 20-49. */
  async handle(payload: Uint8Array): Promise<void> {
    const { leavesExchange } = this.#options;
    if (leavesExchange === true || (leavesExchange === 'later' && this.exchanges > 0)) return;
    if (payload[0] === 20) this.#receiveKexinit(payload);
    if (payload[0] === 30 && this.role === 'server' && !this.#passesOver) await this.#respond(payload);
    if (payload[0] === 30) this.#passesOver = false;
    if (payload[0] === 31 && this.role === 'client') this.#finish(payload);
    if (payload[0] === 21) this.#receiveNewkeys();
  }

  #begin(): void {
    const localKexinit = this.kexinit();
    this.#exchange = { localKexinit };
    this.send(localKexinit);
    const { guess } = this.#options;
    if (guess !== undefined) this.send(guess);
  }

  #receiveKexinit(payload: Uint8Array): void {
    if (this.#exchange === undefined) this.#begin();
    const exchange = this.#exchange!;
    exchange.remoteKexinit = payload;
    this.remoteKexinit = SSH_MSG_KEXINIT.decode(payload);
    const other = this.role === 'client' ? 's' : 'c';
    const isStrict = this.remoteKexinit.kexAlgorithms.includes(`kex-strict-${other}-v00@openssh.com`);
    if (this.sessionId === undefined) this.strict = isStrict && this.#options.strict !== false;
    const { keyExchange = 'curve25519-sha256' } = this.#options;
    if (this.role === 'server') this.#passesOver = this.#isWrongGuess(this.remoteKexinit);
    if (this.role === 'server' || !keyExchange.startsWith('curve25519-')) return;
    this.send(concat([30], str(ownShare)));
  }

  #isWrongGuess({ firstKexPacketFollows, kexAlgorithms, serverHostKeyAlgorithms }: Kexinit): boolean {
    const { keyExchange = 'curve25519-sha256' } = this.#options;
    const isRight = kexAlgorithms[0] === keyExchange && serverHostKeyAlgorithms[0] === this.hostKey!.algorithms[0];
    return firstKexPacketFollows && !isRight;
  }

  async #respond(payload: Uint8Array): Promise<void> {
    const exchange = this.#exchange!;
    const [clientShare] = readStrings(payload, 1, 1);
    const { publicKey, algorithms, sign } = this.hostKey!;
    const secret = agree(clientShare!);
    const hash = this.#hash(publicKey, clientShare!, ownShare, secret);
    const signature = await sign.call(this.hostKey, algorithms[0]!, hash);
    const reply = await this.reply({ hostKey: publicKey, share: ownShare, signature, hash });
    this.legalReply = concat([31], str(reply.hostKey), str(reply.share), str(reply.signature));
    exchange.keys = { secret, hash };
    if (!this.#stopsBefore(31)) this.send(this.legalReply);
    if (!this.#stopsBefore(31) && !this.#stopsBefore(21)) this.#sendNewkeys();
  }

  #finish(payload: Uint8Array): void {
    const exchange = this.#exchange!;
    const [hostKey, serverShare] = readStrings(payload, 3, 1);
    const secret = agree(serverShare!);
    exchange.keys = { secret, hash: this.#hash(hostKey!, ownShare, serverShare!, secret) };
    if (!this.#stopsBefore(21)) this.#sendNewkeys();
  }

  #stopsBefore(number: 31 | 21): boolean {
    const { stop } = this.#options;
    return stop?.exchange === this.exchanges && stop.before === number;
  }

  #hash(hostKey: Uint8Array, clientShare: Uint8Array, serverShare: Uint8Array, secret: Uint8Array): Uint8Array {
    const exchange = this.#exchange!;
    const local = { identification: this.#identification, kexinit: exchange.localKexinit };
    const remote = { identification: this.remoteIdentification!, kexinit: exchange.remoteKexinit! };
    const [client, server] = this.role === 'client' ? [local, remote] : [remote, local];
    const transcript = {
      client: { ...client, share: clientShare },
      server: { ...server, share: serverShare, hostKey },
    };
    return exchangeHash(transcript, secret);
  }

  #sendNewkeys(): void {
    this.send(Uint8Array.of(21));
    this.sealer.setCipher(this.#cipher(this.role), this.#restarts);
  }

  #receiveNewkeys(): void {
    this.sessionId ??= this.#exchange!.keys!.hash;
    this.opener.setCipher(this.#cipher(this.role === 'client' ? 'server' : 'client'), this.strict);
    this.#exchange = undefined;
    this.exchanges += 1;
  }

  get #restarts(): boolean {
    return this.strict && this.#options.countsOn !== true;
  }

  #cipher(direction: 'client' | 'server'): ReturnType<CipherAlgorithm['create']> {
    const { keys, localKexinit } = this.#exchange!;
    const named = SSH_MSG_KEXINIT.decode(localKexinit);
    const cipherRow = this.#ciphers[named.encryptionAlgorithmsClientToServer[0]!];
    if (cipherRow === undefined) throw new Error(`no row for ${named.encryptionAlgorithmsClientToServer[0]}`);
    const macRow = this.#macs[named.macAlgorithmsClientToServer[0]!];
    const exchange = { ...keys!, sessionId: this.sessionId ?? keys!.hash };
    return cipherRow.create(nodeCrypto, directionKeys(direction, exchange, cipherRow, macRow), macRow);
  }

  get #ciphers(): Readonly<Record<string, CipherAlgorithm>> {
    return { ...ourCiphers, ...this.#options.ciphers };
  }

  get #macs(): Readonly<Record<string, MacAlgorithm>> {
    return { ...ourMacs, ...this.#options.macs };
  }
}

type Awaitable<T> = T | Promise<T>;

/** SSH_MSG_KEX_ECDH_REPLY, and the hash that was signed. */
export interface Reply {
  readonly hostKey: Uint8Array;
  readonly share: Uint8Array;
  readonly signature: Uint8Array;
  readonly hash: Uint8Array;
}

/** What a client of a stock server accepts. */
const HOST_KEY_ALGORITHMS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'];

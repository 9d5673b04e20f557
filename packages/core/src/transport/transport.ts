/** RFC 4253: identification, packets, key exchange and rekey, for both roles. */
import { packetCipherNone } from '../algorithms/none.js';
import { equalBytes, type Awaitable } from '../crypto/provider.js';
import { DisconnectedError, HostKeyError, ProtocolError } from '../errors.js';
import type { Fields, Values } from '../wire/fields.js';
import type { Message } from '../wire/message.js';
import { printable } from '../wire/printable.js';
import { router } from '../wire/router.js';
import type { Writer } from '../wire/writer.js';
import { PayloadCompression } from './compression.js';
import { ownExtInfo, RemoteExtensions } from './ext-info.js';
import type { Phase } from './gate.js';
import { isOfExchange, PostponedMessages } from './held-messages.js';
import { formatIdentification, Identifications } from './identification.js';
import { KeyExchange, type KeyExchangeContext, type KeyExchangeResult } from './key-exchange.js';
import {
  SSH2_MSG_PONG,
  SSH_MSG_DISCONNECT,
  SSH_MSG_EXT_INFO,
  SSH_MSG_NEWKEYS,
  SSH_MSG_UNIMPLEMENTED,
  transportMessages,
} from './messages.js';
import { MARKERS, propose, refusePrefixTruncation, type Kexinit, type Negotiated } from './negotiation.js';
import type { TransportEvents, TransportOptions } from './options.js';
import { MAXIMUM_PACKET, PacketReader } from './packet-reader.js';
import { PacketWriter, type OutgoingBytes } from './packet-writer.js';
import { Pings } from './pings.js';
import { ProtectedDirection } from './protection.js';
import { randomPool } from './random-pool.js';
import { RekeySchedule } from './rekey.js';
import { clampedAge, type TransportState } from './state.js';

/** The peer's text in SSH_MSG_DISCONNECT is cut to this many characters. */
const MAXIMUM_DESCRIPTION = 256;

export class Transport {
  readonly options: TransportOptions;
  /** The first exchange hash, to which authentication is bound. Undefined before the first exchange. */
  sessionId: Uint8Array | undefined;
  /** The server's host key blob. */
  hostKey: Uint8Array | undefined;
  negotiated: Negotiated | undefined;
  readonly identifications: Identifications;
  readonly extensions = new RemoteExtensions();
  /** Round trips that this side asks for. */
  readonly pings = new Pings();
  strict = false;
  readonly #events: TransportEvents;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  /** What must be written to the stream. */
  readonly outgoing: OutgoingBytes;
  readonly #compression: PayloadCompression;
  #exchange: KeyExchange | undefined;
  #incoming: ProtectedDirection | undefined;
  #outgoing: ProtectedDirection | undefined;
  /** Messages of the peer that wait because many of ours do; created when first needed. */
  #postponed: PostponedMessages | undefined;
  /** Of the packet that carried the last payload. */
  #sequenceNumber = 0;
  readonly #rekeys: RekeySchedule;
  #peerTakesExtInfo = false;
  #now: number;
  static readonly #route = router<typeof transportMessages, Transport, Awaitable<undefined>>(transportMessages, {
    SSH_MSG_DISCONNECT: (_transport, { reasonCode, description }) => {
      throw new DisconnectedError(reasonCode, printable(description, MAXIMUM_DESCRIPTION));
    },
    SSH_MSG_IGNORE: () => undefined,
    SSH_MSG_UNIMPLEMENTED: () => undefined,
    SSH_MSG_DEBUG: () => undefined,
    SSH_MSG_SERVICE_REQUEST: (transport, { serviceName }) => transport.#events.serviceRequest(serviceName),
    SSH_MSG_SERVICE_ACCEPT: (transport, { serviceName }) => transport.#events.serviceAccept(serviceName),
    SSH_MSG_EXT_INFO: (transport, { extensions }) => transport.extensions.receive(extensions) as undefined,
    SSH_MSG_KEXINIT: (transport, values, payload) => transport.#receiveKexinit(values, payload),
    SSH_MSG_NEWKEYS: (transport) => transport.#receiveNewkeys(),
    SSH2_MSG_PING: (transport, { data }) => transport.sendPayload(SSH2_MSG_PONG.encode({ data })) as undefined,
    SSH2_MSG_PONG: (transport, { data }) => transport.pings.pong(data),
  });

  /** Our identification and KEXINIT are ready at once: neither waits for the peer's. */
  constructor(options: TransportOptions, events: TransportEvents, now: number, state?: TransportState) {
    this.options = options;
    this.#events = events;
    this.#now = now;
    this.#rekeys = new RekeySchedule(options.rekey, now, this);
    this.#reader = new PacketReader(packetCipherNone);
    this.#writer = new PacketWriter(packetCipherNone, randomPool(options.crypto));
    this.outgoing = this.#writer;
    this.#compression = new PayloadCompression(options.tables.compressions);
    const local = state?.localIdentification ?? formatIdentification(options.software);
    this.identifications = new Identifications(options.role, local, state?.remoteIdentification);
    if (state !== undefined) {
      this.#restore(state);
      return;
    }
    this.#writer.raw(new TextEncoder().encode(`${local}\r\n`));
    this.#startExchange();
  }

  /** The phase in terms of the gate, given the progress of the layers above. */
  phase(progress: 'service' | 'userauth' | 'connection'): Phase {
    const phase = this.#exchange?.phase;
    if (phase === undefined) return progress;
    if (this.sessionId === undefined || this.#incoming === undefined) return phase;
    return phase === 'kexinit' ? progress : `rekey-${phase}`;
  }

  /** True from our KEXINIT until the exchange is over in both directions, and all that it put off is handled. */
  get isExchanging(): boolean {
    return this.#exchange !== undefined || this.#hasPostponed;
  }

  /** False while messages of the layers above would have to wait: channel data is then not even encoded. */
  get canSend(): boolean {
    return this.#exchange === undefined || this.#exchange.phase === 'newkeys';
  }

  /** Takes a chunk, which is the transport's from now on. Call `next` until it returns nothing before the next chunk. */
  receive(chunk: Uint8Array, now: number): void {
    this.#now = now;
    this.#rekeys.heard(now);
    const bytes = this.identifications.remote === undefined ? this.identifications.receive(chunk) : chunk;
    if (bytes !== undefined) this.#reader.push(bytes);
  }

  /** The next payload: a view into memory to which nobody writes any more. @throws SshError that ends the connection. */
  next(): Uint8Array | undefined {
    if (this.identifications.remote === undefined) return undefined;
    for (;;) {
      // Between our KEXINIT and the peer's anything may come; what needs an answer waits, because the answer would.
      const mayAnswer = this.#exchange === undefined || this.#exchange.phase === 'kexinit';
      const isFull = mayAnswer && this.#exchange?.held.isFull === true;
      if (mayAnswer && !isFull && this.#hasPostponed) {
        const { payload, sequenceNumber } = this.#postponed!.next();
        this.#sequenceNumber = sequenceNumber;
        return payload;
      }
      const payload = this.#read();
      if (payload === undefined || !isFull || isOfExchange(payload[0]!)) return payload;
      (this.#postponed ??= new PostponedMessages()).add(payload, this.#sequenceNumber);
    }
  }

  get #hasPostponed(): boolean {
    return this.#postponed?.isEmpty === false;
  }

  #read(): Uint8Array | undefined {
    const before = this.#reader.waiting;
    this.#sequenceNumber = this.#reader.sequenceNumber;
    const opened = this.#reader.next(this.#exchange !== undefined);
    const payload = this.#compression.inflate(opened, this.#reader.maximumPacketLength);
    if (payload !== undefined && this.#incoming !== undefined) {
      this.#incoming.count(before - this.#reader.waiting);
      if (payload[0] !== SSH_MSG_EXT_INFO.number && this.options.role === 'server') this.extensions.left = 0;
    }
    if (payload?.length === 0) throw new ProtocolError('a packet without a payload');
    return payload;
  }

  /** Settles when the packets that `next` has started to open are open; undefined if there are none. */
  get opening(): Promise<undefined> | undefined {
    return this.#reader.opening;
  }

  /** True while packets are being opened or sealed, which no snapshot can hold. */
  get isBatching(): boolean {
    return this.#reader.isAhead || this.#writer.isSealing;
  }

  /** True while a packet is incomplete, or a failed one is concealed as incomplete. */
  get isReceiving(): boolean {
    return this.#reader.waiting > 0 || this.#reader.isAhead;
  }

  /** For the rekey schedule: everything that we sent has left. */
  hasRead(): boolean {
    return this.#writer.length === 0;
  }

  /** For the rekey schedule: something waits for an exchange to end. */
  isAwaited(): boolean {
    return this.#writer.length > 0 || this.#exchange?.held.isEmpty === false || this.#events.isSending();
  }

  /** Bytes received and not yet read. */
  get waiting(): number {
    return this.#reader.waiting;
  }

  /** True if `next` might return something. */
  get hasInput(): boolean {
    return this.#reader.waiting > 0 || this.#hasPostponed;
  }

  /** Handles a message from 1 to 49 or 192 to 193 that the gate let through. */
  handle(payload: Uint8Array): Awaitable<undefined> {
    const number = payload[0]!;
    if (number >= 30 && number <= 49) return this.#exchange?.receive(payload);
    const result = Transport.#route(this, payload);
    if (result === 'unknown') throw new ProtocolError(`no handler for message ${number}`);
    return result;
  }

  /** RFC 4253 §11.4: answers an unknown message. */
  unimplemented(): void {
    this.send(SSH_MSG_UNIMPLEMENTED, { packetSequenceNumber: this.#sequenceNumber });
  }

  send<F extends Fields>(message: Message<F>, values: Values<F>): void {
    this.sendPayload(message.encode(values));
  }

  /** Sends a payload, or holds it during an exchange. @throws LimitError if too much waits. */
  sendPayload(payload: Uint8Array): void {
    if (this.canSend || isOfExchange(payload[0]!)) {
      this.#write(payload.length, (writer) => writer.fixed(payload));
      return;
    }
    this.#exchange!.held.hold(payload);
  }

  /** Lets `encode` write a payload of about `capacity` bytes straight into the outgoing packet. Only while `canSend`. */
  sendInPlace(capacity: number, encode: (writer: Writer) => void): void {
    this.#write(capacity, encode);
  }

  sendDisconnect(reasonCode: number, description: string): void {
    this.#seal(64, (writer) => SSH_MSG_DISCONNECT.write(writer, { reasonCode, description, languageTag: '' }));
  }

  /** Accepts larger packets from now on. */
  authenticated(): void {
    if (this.options.isSmall !== true) this.#reader.maximumPacketLength = MAXIMUM_PACKET;
    this.#rekeys.isAuthenticated = true;
    this.#compression.authenticated();
  }

  /** The connection is over: work in progress has no effect. */
  close(error: Error | undefined): void {
    this.pings.close(error);
    this.#exchange?.abandon();
  }

  /** Starts a rekey unless an exchange is in progress; before the login, once that is over. */
  rekey(): void {
    if (this.#rekeys.want()) this.#startExchange();
  }

  /** Checks the clock and the use of the keys. @throws KeyExchangeError if an exchange takes too long. */
  tick(now: number): void {
    this.#now = now;
    if (this.#rekeys.isDue(now, this.#incoming, this.#outgoing)) this.rekey();
  }

  /** When to call `tick` next, in ms; undefined while nothing is pending. */
  get deadline(): number | undefined {
    return this.#rekeys.deadline(this.#incoming, this.#outgoing);
  }

  /** What a snapshot keeps; only between exchanges. `now` may be long after the last packet. */
  state(now: number): TransportState {
    return {
      localIdentification: this.identifications.local,
      remoteIdentification: this.identifications.remote!,
      sessionId: this.sessionId!,
      hostKey: this.hostKey!,
      keyExchange: this.negotiated!.keyExchange,
      hostKeyAlgorithm: this.negotiated!.hostKey,
      strict: this.strict,
      extensions: this.extensions.state(),
      incoming: this.#incoming!.state(this.#reader.cipher, this.#reader.sequenceNumber),
      outgoing: this.#outgoing!.state(this.#writer.cipher, this.#writer.sequenceNumber),
      keysAge: clampedAge(now - this.#rekeys.keysSince),
      mayReceiveExtInfo: this.extensions.left,
      ...this.#reader.state(),
      outgoingBytes: this.#writer.state(),
    };
  }

  #restore(state: TransportState): void {
    const { crypto, tables, role } = this.options;
    this.sessionId = state.sessionId.slice();
    this.hostKey = state.hostKey.slice();
    this.strict = state.strict;
    this.extensions.restore(state.extensions, state.mayReceiveExtInfo);
    this.#incoming = ProtectedDirection.restore(state.incoming);
    this.#outgoing = ProtectedDirection.restore(state.outgoing);
    const [clientToServer, serverToClient] =
      role === 'server' ? [this.#incoming, this.#outgoing] : [this.#outgoing, this.#incoming];
    this.negotiated = {
      keyExchange: state.keyExchange,
      hostKey: state.hostKeyAlgorithm,
      clientToServer: clientToServer.names,
      serverToClient: serverToClient.names,
    };
    this.#reader.setCipher(this.#incoming.createCipher(crypto, tables), true);
    this.#reader.sequenceNumber = state.incoming.sequenceNumber;
    this.#reader.restore({ waiting: state.waiting.slice(), packetLength: state.packetLength });
    this.#writer.setCipher(this.#outgoing.createCipher(crypto, tables), true);
    this.#writer.sequenceNumber = state.outgoing.sequenceNumber;
    this.#writer.raw(state.outgoingBytes);
    this.#rekeys.keysSince = this.#now - state.keysAge;
  }

  #startExchange(): void {
    const { kexinit, payload, hostKeys } = propose(this.options, this.hostKey);
    const context: KeyExchangeContext = {
      options: this.options,
      hostKeys,
      identifications: () => this.identifications.byRole,
      sessionId: this.sessionId,
      verifyHostKey: (hostKey, algorithm) => this.#verifyHostKey(hostKey, algorithm),
      send: (payload) => this.sendPayload(payload),
      complete: (result) => this.#sendNewkeys(result),
    };
    this.#exchange = new KeyExchange(context, kexinit, payload);
    if (this.sessionId !== undefined) this.#rekeys.begin(this.#now);
    this.sendPayload(payload);
  }

  /** Security: a rekey must not bring another host key than the accepted one. */
  #verifyHostKey(hostKey: Uint8Array, algorithm: string): Awaitable<void> {
    if (this.hostKey === undefined) return this.options.verifyHostKey(hostKey, algorithm);
    if (!equalBytes(this.hostKey, hostKey)) throw new HostKeyError('the server changed its host key in a rekey');
  }

  #receiveKexinit(kexinit: Kexinit, payload: Uint8Array): Awaitable<undefined> {
    if (this.#exchange === undefined) this.#startExchange();
    this.#rekeys.peerBegan(this.#now);
    const remote = MARKERS[this.options.role === 'client' ? 'server' : 'client'];
    const first = this.sessionId === undefined;
    if (first) {
      this.strict = kexinit.kexAlgorithms.includes(remote.strict);
      this.#peerTakesExtInfo = kexinit.kexAlgorithms.includes(remote.extInfo);
      if (this.strict && this.#reader.sequenceNumber !== 1) {
        throw new ProtocolError('strict key exchange: SSH_MSG_KEXINIT was not the first message');
      }
    }
    return this.#exchange!.receiveKexinit(payload, kexinit, (negotiated) => {
      // ssh-keyscan gets the host key, and is refused where our NEWKEYS would be.
      if (first && !this.identifications.isWithKeyscan) refusePrefixTruncation(negotiated, this);
    });
  }

  /** Our keys change here: NEWKEYS is the last packet under the old ones (RFC 4253 §7.3). */
  #sendNewkeys(result: KeyExchangeResult): void {
    const { crypto, tables } = this.options;
    const first = this.sessionId === undefined;
    if (first) refusePrefixTruncation(result.negotiated, this);
    this.send(SSH_MSG_NEWKEYS, {});
    this.#writer.setCipher(result.outgoing.createCipher(crypto, tables), this.strict);
    this.#outgoing = result.outgoing;
    this.#compression.outgoing(result.outgoing.names.compression);
    this.sessionId = result.sessionId;
    this.hostKey = result.hostKey;
    this.negotiated = result.negotiated;
    if (first && this.#peerTakesExtInfo) this.sendPayload(ownExtInfo(this.options));
    for (const payload of this.#exchange!.held.release()) this.sendPayload(payload);
  }

  /** The peer's keys change here; the exchange is over. */
  #receiveNewkeys(): undefined {
    const { crypto, tables, role } = this.options;
    const result = this.#exchange?.result;
    if (result === undefined) throw new ProtocolError('SSH_MSG_NEWKEYS received outside a key exchange');
    const first = this.#incoming === undefined;
    this.#reader.setCipher(result.incoming.createCipher(crypto, tables), this.strict);
    this.#incoming = result.incoming;
    this.#compression.incoming(result.incoming.names.compression);
    this.#exchange = undefined;
    this.#rekeys.done(this.#now);
    if (!first) return;
    this.extensions.expect(role === 'server' ? 'client' : 'server');
    return this.#events.established();
  }

  #write(capacity: number, encode: (writer: Writer) => void): void {
    const length = this.#seal(capacity, encode);
    this.#outgoing?.count(length);
  }

  /** @returns the length of the packet. */
  #seal(capacity: number, encode: (writer: Writer) => void): number {
    this.#compression.write(this.#writer, capacity, encode);
    return this.#writer.finish();
  }
}

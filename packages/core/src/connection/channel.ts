/** RFC 4254 §5: one channel: its windows, its queue of outgoing messages, and how it ends. */
import { ProtocolError } from '../errors.js';
import { byte, list, string, text, uint32, type Fields, type Values } from '../wire/fields.js';
import { record, type Message } from '../wire/message.js';
import { END_OF_WRITE } from './end-of-write.js';
import {
  SSH_MSG_CHANNEL_CLOSE,
  SSH_MSG_CHANNEL_EOF,
  SSH_MSG_CHANNEL_FAILURE,
  SSH_MSG_CHANNEL_REQUEST,
  SSH_MSG_CHANNEL_SUCCESS,
  SSH_MSG_CHANNEL_WINDOW_ADJUST,
} from './messages.js';
import { assertBytes, joined, KINDS, outgoingState, type Outgoing } from './outgoing.js';
import { ReceiveWindow, SendWindow } from './window.js';

/**
 * Most data in one of our messages, in bytes, whatever the peer would take (RFC 4253 §6.1: everyone must read this
 * much).
 */
const MAXIMUM_DATA = 32 * 1024;
/** Unanswered requests of the peer on one channel, and queue entries in a snapshot. */
const MAXIMUM_REQUESTS = 64;
const MAXIMUM_QUEUE = 4096;
const NO_DATA = new Uint8Array(0);

/**
 * A request of the peer. A channel's requests are answered in order: the next is delivered once this one is answered.
 */
export interface IncomingRequest {
  readonly type: string;
  /** The type-specific fields, in memory of their own. */
  readonly fields: Uint8Array;
  /**
   * Must be called exactly once, even if the peer wants no reply. `begin` starts what was granted: once the peer has been
   * told, and before its next request is delivered.
   */
  readonly answer: (success: boolean, begin?: () => void) => void;
}

/** What a channel tells its owner, synchronously. `data` are views into memory to which nobody writes any more. */
export interface ChannelOwner {
  /** `code` is 0 for data, 1 for stderr. Return the credit with `channel.consumed(n)` once the bytes are used. */
  data(data: Uint8Array, code: number): undefined;
  eof(): undefined;
  request(request: IncomingRequest): undefined;
  /** Everything that was queued has been handed to the transport. */
  drained(): undefined;
  /**
   * The channel is over, either closed on both sides or along with the connection. `error` is what ended the connection
   * if the peer had not finished: what has arrived may not be all that it meant to send.
   */
  closed(error?: Error): undefined;
  /** The owner's state for a snapshot. @throws SnapshotRefusedError */
  snapshot(): Uint8Array;
}

/** What a channel needs from its connection. */
export interface ChannelPort {
  send<F extends Fields>(message: Message<F>, values: Values<F>): void;
  /** Sends data straight into the outgoing packet; `code` as in `ChannelOwner.data`. */
  sendData(remoteId: number, data: Uint8Array, code: number): void;
  /** Something is waiting: `flush` should be called when the transport has room. */
  ready(channel: Channel): void;
  /** Closed on both sides: the id is free. */
  finished(channel: Channel): void;
  /** Runs what the owner triggers outside the engine's own turn: an error in it ends the connection. */
  guard(work: () => void): void;
}

/** The state of a direction: `eof` and `closing` mean that EOF or CLOSE is queued behind data; then it is `closed`. */
const DIRECTIONS = ['open', 'eof', 'closing', 'closed'] as const;
type DirectionState = (typeof DIRECTIONS)[number];

/** An open channel in a snapshot. */
export const channelState = /* @__PURE__ */ record({
  localId: uint32,
  remoteId: uint32,
  channelType: text,
  sendWindow: uint32,
  remoteMaximumPacketSize: uint32,
  receiveWindow: uint32,
  receiveLimit: uint32,
  unreturned: uint32,
  incoming: byte,
  outgoing: byte,
  queue: /* @__PURE__ */ list(outgoingState, MAXIMUM_QUEUE),
  owner: string,
});
export type ChannelState = Values<typeof channelState.fields>;

export interface ChannelOptions {
  readonly localId: number;
  readonly remoteId: number;
  readonly type: string;
  readonly sendWindow: number;
  readonly remoteMaximumPacketSize: number;
  readonly receiveWindow: number;
}

export class Channel {
  readonly localId: number;
  readonly remoteId: number;
  readonly type: string;
  readonly #port: ChannelPort;
  readonly #sendWindow: SendWindow;
  readonly #receiveWindow: ReceiveWindow;
  readonly #maximumData: number;
  #owner: ChannelOwner | undefined;
  #incoming: DirectionState = 'open';
  #outgoing: DirectionState = 'open';
  #queue: Outgoing[] = [];
  #queued = 0;
  /** Unanswered requests of the peer; the first has been delivered to the owner. */
  #requests: { readonly type: string; readonly fields: Uint8Array; readonly wantReply: boolean }[] = [];
  /** Callbacks for our own requests, in order. */
  #replies: ((success: boolean) => undefined)[] = [];

  constructor(port: ChannelPort, options: ChannelOptions) {
    this.#port = port;
    this.localId = options.localId;
    this.remoteId = options.remoteId;
    this.type = options.type;
    this.#sendWindow = new SendWindow(options.sendWindow);
    this.#receiveWindow = new ReceiveWindow(options.receiveWindow);
    this.#maximumData = Math.min(options.remoteMaximumPacketSize, MAXIMUM_DATA);
  }

  set owner(owner: ChannelOwner) {
    this.#owner = owner;
  }

  /** Bytes that wait for window or for the transport. */
  get queued(): number {
    return this.#queued;
  }

  /** True until we have sent, or queued, EOF or CLOSE. */
  get isWritable(): boolean {
    return this.#outgoing === 'open';
  }

  get isClosed(): boolean {
    return this.#outgoing === 'closed' && this.#incoming === 'closed';
  }

  /** True once we have sent, or queued, CLOSE. */
  get #isEnding(): boolean {
    return this.#outgoing === 'closing' || this.#outgoing === 'closed';
  }

  /** True while we owe the peer an answer, or it owes us one: such a channel cannot be snapshotted. */
  get isWaiting(): boolean {
    return this.#requests.length > 0 || this.#replies.length > 0;
  }

  /** Queues bytes, which must not change until they are sent. `code` 1 is stderr. Nothing is sent after EOF. @throws TypeError */
  write(data: Uint8Array, code = 0): void {
    assertBytes(data);
    if (this.#outgoing !== 'open' || data.length === 0) return;
    this.#queued += data.length;
    this.#enqueue({ kind: 'data', data, code });
  }

  /** Sends a request to the peer, after all queued data. */
  request(type: string, fields: Uint8Array, reply?: (success: boolean) => undefined): void {
    if (this.#isEnding) {
      reply?.(false);
    } else if (reply === undefined) {
      this.#enqueue({ kind: 'request', type, data: fields });
    } else {
      this.#replies.push(reply);
      if (this.#queue.length > 0) this.#enqueue({ kind: 'request', type, data: fields, wantReply: true });
      else this.#sendRequest(type, fields, true);
    }
  }

  sendEof(): void {
    if (this.#outgoing !== 'open') return;
    this.#outgoing = 'eof';
    this.#enqueue({ kind: 'eof' });
  }

  /** Closes the channel after everything queued; further input is dropped. */
  close(): void {
    if (this.#isEnding) return;
    this.#outgoing = 'closing';
    this.#enqueue({ kind: 'close' });
  }

  /** The application has used `count` bytes of its input: their credit goes back to the peer, half a window at a time. */
  consumed(count: number): void {
    const credit = this.#receiveWindow.consumed(count);
    if (credit === 0 || this.#incoming !== 'open' || this.#isEnding) return;
    this.#port.send(SSH_MSG_CHANNEL_WINDOW_ADJUST, { recipientChannel: this.remoteId, bytesToAdd: credit });
  }

  /** Bytes that the peer may still send. */
  get credit(): number {
    return this.#incoming === 'open' ? this.#receiveWindow.size : 0;
  }

  /** Sends one queued message. @returns whether more could be sent. */
  flush(): boolean {
    const first = this.#queue[0];
    if (first === undefined) return false;
    if (first.kind === 'data') return this.#flushData(first);
    this.#queue.shift();
    if (first.kind === 'request') this.#sendRequest(first.type ?? '', first.data ?? NO_DATA, first.wantReply === true);
    else if (first.kind === 'eof') this.#port.send(SSH_MSG_CHANNEL_EOF, { recipientChannel: this.remoteId });
    else this.#sendClose();
    return this.#queue.length > 0;
  }

  receiveData(data: Uint8Array, code: number): undefined {
    if (this.#incoming !== 'open') throw new ProtocolError('channel data after SSH_MSG_CHANNEL_EOF');
    this.#receiveWindow.receive(data.length);
    if (!this.#isEnding && data.length > 0) this.#owner?.data(data, code);
  }

  receiveEof(): undefined {
    if (this.#incoming !== 'open') return;
    this.#incoming = 'eof';
    this.#owner?.eof();
  }

  receiveClose(): undefined {
    if (this.#incoming === 'closed') throw new ProtocolError('SSH_MSG_CHANNEL_CLOSE received twice');
    if (this.#incoming === 'open' && !this.#isEnding) this.receiveEof();
    this.#incoming = 'closed';
    // A peer that has closed has no use for queued data (RFC 4254 §5.3): our CLOSE goes at once.
    this.#drop();
    if (this.#outgoing === 'closed') this.#finish();
    else this.#sendClose();
  }

  receiveWindowAdjust(bytesToAdd: number): undefined {
    this.#sendWindow.add(bytesToAdd);
    if (this.#queue.length > 0) this.#port.ready(this);
  }

  receiveRequest(type: string, wantReply: boolean, fields: Uint8Array): undefined {
    if (this.#incoming === 'closed') throw new ProtocolError('channel request after SSH_MSG_CHANNEL_CLOSE');
    if (this.#isEnding) return;
    if (type === END_OF_WRITE && !wantReply) return this.#receiveEndOfWrite();
    if (this.#requests.length >= MAXIMUM_REQUESTS)
      throw new ProtocolError('too many channel requests wait for an answer');
    this.#requests.push({ type, wantReply, fields: fields.slice() });
    if (this.#requests.length === 1) this.#showRequest();
  }

  /** The peer reads no more: queued data is dropped, and writers that wait continue and find the channel not writable. */
  #receiveEndOfWrite(): undefined {
    this.#queue = this.#queue.filter(({ kind }) => kind !== 'data');
    this.#queued = 0;
    this.sendEof();
    this.#owner?.drained();
  }

  /** The answer to our oldest request; an unsolicited one is ignored. */
  receiveReply(success: boolean): undefined {
    this.#replies.shift()?.(success);
  }

  /** The connection is over, because of `error`: nothing more is sent or received. */
  abort(error: Error): void {
    if (this.isClosed) return;
    const isCutShort = this.#incoming === 'open' && !this.#isEnding;
    this.#incoming = 'closed';
    this.#outgoing = 'closed';
    this.#drop();
    this.#finish(isCutShort ? error : undefined);
  }

  state(): ChannelState {
    return {
      localId: this.localId,
      remoteId: this.remoteId,
      channelType: this.type,
      sendWindow: this.#sendWindow.size,
      remoteMaximumPacketSize: this.#maximumData,
      receiveWindow: this.#receiveWindow.size,
      receiveLimit: this.#receiveWindow.limit,
      unreturned: this.#receiveWindow.unreturned,
      incoming: DIRECTIONS.indexOf(this.#incoming),
      outgoing: DIRECTIONS.indexOf(this.#outgoing),
      queue: joined(this.#queue).map(({ kind, type = '', data = NO_DATA, code = 0 }) => ({
        kind: KINDS.indexOf(kind),
        type,
        data,
        code,
      })),
      owner: this.#owner?.snapshot() ?? NO_DATA,
    };
  }

  /** Continues from `state`; the caller creates `owner` from `state.owner`. */
  static restore(port: ChannelPort, state: ChannelState): Channel {
    const channel = new Channel(port, { ...state, type: state.channelType, receiveWindow: state.receiveLimit });
    channel.#receiveWindow.size = state.receiveWindow;
    channel.#receiveWindow.unreturned = state.unreturned;
    channel.#incoming = rowOf(DIRECTIONS, state.incoming);
    channel.#outgoing = rowOf(DIRECTIONS, state.outgoing);
    for (const { kind: index, type, data, code } of state.queue) {
      const kind = rowOf(KINDS, index);
      if (kind === 'data') channel.#queued += data.length;
      channel.#enqueue({ kind, type, data: data.slice(), code });
    }
    return channel;
  }

  #enqueue(item: Outgoing): void {
    this.#queue.push(item);
    this.#port.ready(this);
  }

  /** Sends one data message: at most the window, the peer's packet size and 32 KiB. */
  #flushData(item: Outgoing): boolean {
    const data = item.data ?? NO_DATA;
    const length = Math.min(data.length, this.#sendWindow.size, this.#maximumData);
    if (length === 0) return false;
    this.#sendWindow.use(length);
    this.#queued -= length;
    if (length < data.length) this.#queue[0] = { ...item, data: data.subarray(length) };
    else this.#queue.shift();
    // Last, because an error in it ends the connection, and nothing may be queued after that.
    this.#port.sendData(this.remoteId, data.subarray(0, length), item.code ?? 0);
    if (this.#queued === 0 && !this.isClosed) this.#owner?.drained();
    return this.#queue.length > 0;
  }

  #sendRequest(requestType: string, requestFields: Uint8Array, wantReply: boolean): void {
    this.#port.send(SSH_MSG_CHANNEL_REQUEST, {
      recipientChannel: this.remoteId,
      requestType,
      wantReply,
      requestFields,
    });
  }

  #showRequest(): void {
    const request = this.#requests[0];
    if (request === undefined) return;
    const { type, fields, wantReply } = request;
    const answer = (success: boolean, begin?: () => void): void => {
      if (this.#requests[0] !== request) return;
      this.#requests.shift();
      if (wantReply && !this.#isEnding) {
        const message = success ? SSH_MSG_CHANNEL_SUCCESS : SSH_MSG_CHANNEL_FAILURE;
        this.#port.send(message, { recipientChannel: this.remoteId });
      }
      this.#port.guard(() => {
        begin?.();
        this.#showRequest();
      });
    };
    if (this.#owner === undefined) answer(false);
    else this.#owner.request({ type, fields, answer });
  }

  #sendClose(): void {
    this.#outgoing = 'closed';
    this.#drop();
    this.#port.send(SSH_MSG_CHANNEL_CLOSE, { recipientChannel: this.remoteId });
    if (this.#incoming === 'closed') this.#finish();
  }

  #drop(): void {
    this.#queue = [];
    this.#queued = 0;
    this.#requests = [];
  }

  #finish(error?: Error): void {
    const replies = this.#replies;
    this.#replies = [];
    for (const reply of replies) reply(false);
    this.#port.finished(this);
    this.#owner?.closed(error);
  }
}

/** Maps a number in a snapshot to its row. */
function rowOf<T>(rows: readonly T[], index: number): T {
  const row = rows[index];
  if (row === undefined) throw new ProtocolError(`a channel's state has no row ${index}`);
  return row;
}

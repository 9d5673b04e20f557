/** RFC 4254: channels and global requests over one authenticated connection; the same for both roles. */
import { ProtocolError, SnapshotError } from '../errors.js';
import { list, type Fields, type Values } from '../wire/fields.js';
import { record, type Message } from '../wire/message.js';
import { printable } from '../wire/printable.js';
import { Reader } from '../wire/reader.js';
import { router } from '../wire/router.js';
import { Channel, channelState, type ChannelOwner, type ChannelPort } from './channel.js';
import { ChannelTable } from './channel-table.js';
import {
  GlobalRequests,
  type GlobalReply,
  type GlobalRequestsPort,
  type IncomingGlobalRequest,
} from './global-requests.js';
import type { ChannelSize, ConnectionLimits } from './limits.js';
import {
  ChannelOpenReason,
  connectionMessages,
  SSH_MSG_CHANNEL_DATA,
  SSH_MSG_CHANNEL_OPEN,
  SSH_MSG_CHANNEL_OPEN_CONFIRMATION,
  SSH_MSG_CHANNEL_OPEN_FAILURE,
  SSH_MSG_GLOBAL_REQUEST,
} from './messages.js';

/** Longest description of a peer's refusal that is kept: it becomes the text of an error. */
const MAXIMUM_DESCRIPTION = 256;

/** A channel that the peer wants to open: call either `accept` or `reject`, once, now or later. */
export interface IncomingChannel {
  readonly type: string;
  /** The type-specific fields, in memory of their own. */
  readonly fields: Uint8Array;
  /** `owner` creates the channel's owner. */
  accept(owner: (channel: Channel) => ChannelOwner): void;
  /** `code` as in RFC 4254 §5.1. */
  reject(code: number, description: string): void;
}

export type OpenOutcome = { readonly channel: Channel } | { readonly code: number; readonly description: string };

/**
 * Security: a peer may demand packets of one byte, each of which costs us as much as one of 32 KiB. So only this many
 * messages with less data than this, in bytes, leave in one turn of the event loop, and other work gets its turns.
 */
const CRUMB = 512;
const MAXIMUM_CRUMBS = 256;

/** What the multiplexer needs from its engine. */
export interface MultiplexerPort {
  sendPayload(payload: Uint8Array): void;
  /** Encodes CHANNEL_DATA or EXTENDED_DATA straight into the outgoing packet. */
  sendData(remoteId: number, data: Uint8Array, code: number): void;
  /** False while a key exchange or a full transport keeps channel data from being sent. */
  hasRoom(): boolean;
  /** Runs what the application triggers outside the engine's own turn: an error ends the connection and reaches nobody else. */
  guard(work: () => void): void;
}

/** What the multiplexer tells the application's side. */
export interface MultiplexerEvents {
  open(incoming: IncomingChannel): undefined;
  globalRequest(request: IncomingGlobalRequest): undefined;
}

/** In a snapshot. */
const MAXIMUM_CHANNELS = 1000;
export const multiplexerState = /* @__PURE__ */ record({
  channels: /* @__PURE__ */ list(channelState, MAXIMUM_CHANNELS),
});

/** An assigned id, not open yet: ours (the callback waits for the peer) or the peer's (the application decides). */
type Opening = OwnOpening | { readonly by: 'peer'; readonly window: number };
interface OwnOpening {
  readonly by: 'us';
  readonly window: number;
  readonly opened: (outcome: OpenOutcome) => ChannelOwner | undefined;
}

export class Multiplexer implements ChannelPort, GlobalRequestsPort {
  readonly #port: MultiplexerPort;
  readonly #events: MultiplexerEvents;
  readonly #limits: ConnectionLimits;
  readonly #table = new ChannelTable<Opening>();
  /** Channels with something to send, in the order of their turns. */
  #ready: Channel[] = [];
  /** Created on demand: many connections never have any. */
  #globalRequests: GlobalRequests | undefined;
  #isPumping = false;
  /** Changes with every data message, in either direction; and a callback for when the last channel is over. */
  moved = 0;
  whenEmpty: (() => void) | undefined;
  /** Messages with little data since the last `turn`. */
  #crumbs = 0;
  static readonly #route = router<typeof connectionMessages, Multiplexer, undefined>(connectionMessages, {
    SSH_MSG_GLOBAL_REQUEST: (it, values) => (it.#globalRequests ??= new GlobalRequests(it)).receive(values),
    SSH_MSG_REQUEST_SUCCESS: (it, { responseFields }) => it.#globalRequests?.receiveReply(responseFields.slice()),
    SSH_MSG_REQUEST_FAILURE: (it) => it.#globalRequests?.receiveReply(undefined),
    SSH_MSG_CHANNEL_OPEN: (it, values) => it.#receiveOpen(values),
    SSH_MSG_CHANNEL_OPEN_CONFIRMATION: (it, values) => it.#receiveConfirmation(values),
    SSH_MSG_CHANNEL_OPEN_FAILURE: (it, { recipientChannel, reasonCode, description }) => {
      const text = printable(description, MAXIMUM_DESCRIPTION);
      it.#takeOpening(recipientChannel).opened({ code: reasonCode, description: text });
    },
    SSH_MSG_CHANNEL_WINDOW_ADJUST: (it, m) => it.#channel(m.recipientChannel).receiveWindowAdjust(m.bytesToAdd),
    SSH_MSG_CHANNEL_DATA: (it, m) => it.#deliver(m.recipientChannel, m.data, 0),
    // Type 0 is not registered, and must not be taken for plain data, which is 0 here.
    SSH_MSG_CHANNEL_EXTENDED_DATA: (it, m) => it.#deliver(m.recipientChannel, m.data, m.dataTypeCode || -1),
    SSH_MSG_CHANNEL_EOF: (it, m) => it.#channel(m.recipientChannel).receiveEof(),
    SSH_MSG_CHANNEL_CLOSE: (it, m) => it.#channel(m.recipientChannel).receiveClose(),
    SSH_MSG_CHANNEL_REQUEST: (it, m) =>
      it.#channel(m.recipientChannel).receiveRequest(m.requestType, m.wantReply, m.requestFields),
    SSH_MSG_CHANNEL_SUCCESS: (it, m) => it.#channel(m.recipientChannel).receiveReply(true),
    SSH_MSG_CHANNEL_FAILURE: (it, m) => it.#channel(m.recipientChannel).receiveReply(false),
  });

  constructor(port: MultiplexerPort, events: MultiplexerEvents, limits: ConnectionLimits) {
    this.#port = port;
    this.#events = events;
    this.#limits = limits;
  }

  get channels(): readonly Channel[] {
    return this.#table.open;
  }

  /** True if no more channels may be opened, by either side. */
  get isFull(): boolean {
    return this.#table.isFull(this.#limits.channels);
  }

  /** Bytes that the peer may still send in its present and promised windows, plus one eighth for the packets around the data. */
  get credit(): number {
    return this.#table.credit * 1.125;
  }

  /** True while anything is pending that a snapshot cannot hold. */
  get isWaiting(): boolean {
    if (this.#table.isOpening || this.#globalRequests?.isWaiting === true) return true;
    return this.channels.some((channel) => channel.isWaiting);
  }

  /** Handles a message from 80 to 127. */
  handle(payload: Uint8Array): undefined {
    if (payload[0] === SSH_MSG_CHANNEL_DATA.number) return this.#receiveData(payload);
    if (Multiplexer.#route(this, payload) === 'unknown')
      throw new ProtocolError(`no handler for message ${payload[0]}`);
  }

  /** True if channels have data that they could send if there were room for it. */
  get isSending(): boolean {
    return this.#ready.length > 0;
  }

  /** True where channels wait for the next turn of the event loop. */
  get isPutOff(): boolean {
    return this.#crumbs >= MAXIMUM_CRUMBS && this.#ready.length > 0;
  }

  /** The event loop has turned. */
  turn(): void {
    this.#crumbs = 0;
  }

  /** Lets channels send, one message each in turn, while the transport has room. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#ready.length > 0 && this.#crumbs < MAXIMUM_CRUMBS && this.#port.hasRoom()) {
        const channel = this.#ready.shift()!;
        if (channel.flush()) this.#wait(channel);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Asks the peer to open a channel. `opened` creates its owner, or learns the reason for failure. */
  open(
    type: string,
    fields: Uint8Array,
    opened: (outcome: OpenOutcome) => ChannelOwner | undefined,
    { window = this.#limits.window, packet = this.#limits.packet }: ChannelSize = {},
  ): void {
    const localId = this.#table.begin({ by: 'us', opened, window });
    this.send(SSH_MSG_CHANNEL_OPEN, {
      channelType: type,
      senderChannel: localId,
      initialWindowSize: window,
      maximumPacketSize: Math.min(packet, this.#limits.packet),
      channelFields: fields,
    });
  }

  /** Sends a global request; `reply` receives the response fields, or undefined for a refusal. */
  request(name: string, fields: Uint8Array, reply?: GlobalReply): void {
    // Requests that want no answer have no place in the order of answers.
    if (reply === undefined) {
      this.send(SSH_MSG_GLOBAL_REQUEST, { requestName: name, wantReply: false, requestFields: fields });
      return;
    }
    (this.#globalRequests ??= new GlobalRequests(this)).send(name, fields, reply);
  }

  /** Probes whether the peer is there: any answer will do. */
  ask(answered: () => undefined): void {
    this.request('keepalive@openssh.com', new Uint8Array(0), answered);
  }

  /** For global requests. */
  globalRequest(request: IncomingGlobalRequest): undefined {
    return this.#events.globalRequest(request);
  }

  /** For the channels, like the next four. */
  send<F extends Fields>(message: Message<F>, values: Values<F>): void {
    this.#port.sendPayload(message.encode(values));
  }

  sendData(remoteId: number, data: Uint8Array, code: number): void {
    if (data.length < CRUMB) this.#crumbs += 1;
    this.moved += 1;
    this.#port.sendData(remoteId, data, code);
  }

  guard(work: () => void): void {
    this.#port.guard(work);
  }

  ready(channel: Channel): void {
    this.#wait(channel);
    this.pump();
  }

  #wait(channel: Channel): void {
    if (!this.#ready.includes(channel)) this.#ready.push(channel);
  }

  finished(channel: Channel): void {
    this.#ready = this.#ready.filter((other) => other !== channel);
    this.#table.delete(channel);
    if (this.#table.isEmpty) this.whenEmpty?.();
  }

  /** The connection is over, because of `error`. */
  abort(error: Error): void {
    for (const channel of this.channels) channel.abort(error);
    for (const entry of this.#table.endAll()) {
      if (entry.by === 'us')
        entry.opened({ code: ChannelOpenReason.CONNECT_FAILED, description: 'the connection is closed' });
    }
    this.#globalRequests?.abort();
  }

  state(): Values<typeof multiplexerState.fields> {
    return { channels: this.channels.map((channel) => channel.state()) };
  }

  /** Restores a snapshot's channels, which send nothing before the next `pump`; `owner` creates each owner from its saved bytes. */
  restore(
    state: Values<typeof multiplexerState.fields>,
    owner: (channel: Channel, bytes: Uint8Array) => ChannelOwner,
  ): void {
    this.#isPumping = true;
    for (const saved of state.channels) {
      if (saved.localId >= MAXIMUM_CHANNELS) throw new SnapshotError(`a channel with the number ${saved.localId}`);
      const channel = Channel.restore(this, saved);
      this.#table.set(channel);
      channel.owner = owner(channel, saved.owner);
    }
    this.#isPumping = false;
  }

  /** The only hand-written decoder: nearly every packet carries data. */
  #receiveData(payload: Uint8Array): undefined {
    const reader = new Reader(payload, 1);
    const recipientChannel = reader.uint32();
    const data = reader.string();
    reader.end();
    return this.#deliver(recipientChannel, data, 0);
  }

  #deliver(localId: number, data: Uint8Array, code: number): undefined {
    this.moved += 1;
    if (data.length > this.#limits.packet) throw new ProtocolError('channel data exceeds the maximum packet size');
    return this.#channel(localId).receiveData(data, code);
  }

  #channel(localId: number): Channel {
    const channel = this.#table.get(localId);
    if (channel === undefined) throw new ProtocolError(`no channel ${localId} is open`);
    return channel;
  }

  #takeOpening(localId: number): OwnOpening {
    const opening = this.#table.opening(localId);
    if (opening?.by !== 'us') throw new ProtocolError(`channel ${localId} is not being opened`);
    this.#table.end(localId, opening);
    return opening;
  }

  #receiveConfirmation(values: Values<typeof connectionMessages.SSH_MSG_CHANNEL_OPEN_CONFIRMATION.fields>): undefined {
    // Checked first, while whoever opens the channel can still be told that it failed.
    refuseZeroPackets(values.maximumPacketSize);
    const { opened, window } = this.#takeOpening(values.recipientChannel);
    const channel = this.#add(values.recipientChannel, '', values, window);
    const owner = opened({ channel });
    if (owner === undefined) channel.close();
    else channel.owner = owner;
  }

  #receiveOpen(values: Values<typeof SSH_MSG_CHANNEL_OPEN.fields>): undefined {
    const { channelType, senderChannel, channelFields } = values;
    refuseZeroPackets(values.maximumPacketSize);
    const refuse = (reasonCode: number, description: string): void => {
      this.send(SSH_MSG_CHANNEL_OPEN_FAILURE, {
        recipientChannel: senderChannel,
        reasonCode,
        description,
        languageTag: '',
      });
    };
    if (this.isFull) {
      refuse(ChannelOpenReason.RESOURCE_SHORTAGE, 'too many channels');
      return;
    }
    const opening: Opening = { by: 'peer', window: this.#limits.window };
    const localId = this.#table.begin(opening);
    return this.#events.open({
      type: channelType,
      fields: channelFields.slice(),
      accept: (owner) => {
        if (this.#table.end(localId, opening)) this.#port.guard(() => this.#confirm(localId, values, owner));
      },
      reject: (code, description) => {
        if (this.#table.end(localId, opening)) refuse(code, description);
      },
    });
  }

  #confirm(
    localId: number,
    values: Values<typeof SSH_MSG_CHANNEL_OPEN.fields>,
    owner: (channel: Channel) => ChannelOwner,
  ): void {
    const channel = this.#add(localId, values.channelType, values);
    this.send(SSH_MSG_CHANNEL_OPEN_CONFIRMATION, {
      recipientChannel: values.senderChannel,
      senderChannel: localId,
      initialWindowSize: this.#limits.window,
      maximumPacketSize: this.#limits.packet,
      channelFields: new Uint8Array(0),
    });
    channel.owner = owner(channel);
  }

  #add(
    localId: number,
    type: string,
    values: { readonly senderChannel: number; readonly initialWindowSize: number; readonly maximumPacketSize: number },
    receiveWindow = this.#limits.window,
  ): Channel {
    const channel = new Channel(this, {
      localId,
      type,
      remoteId: values.senderChannel,
      sendWindow: values.initialWindowSize,
      remoteMaximumPacketSize: values.maximumPacketSize,
      receiveWindow,
    });
    this.#table.set(channel);
    return channel;
  }
}

function refuseZeroPackets(maximumPacketSize: number): void {
  if (maximumPacketSize === 0) throw new ProtocolError('a channel with a maximum packet size of zero');
}

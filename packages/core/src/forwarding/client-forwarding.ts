/** RFC 4254 §7 and OpenSSH's PROTOCOL §2: what a client connects to and listens for by way of its server. */
import type { Channel, ChannelOwner } from '../connection/channel.js';
import { ChannelOpenReason } from '../connection/messages.js';
import type { ChannelSize, IncomingChannel, OpenOutcome } from '../connection/multiplexer.js';
import type { Awaitable } from '../crypto/provider.js';
import { ChannelOpenError, ChannelRequestError } from '../errors.js';
import { isByteLink, linkFromDuplex, type ByteLink, type Duplex } from '../link.js';
import { limited, type CallLimits, type Schedule } from './call-limits.js';
import { ChannelStream, type RequestHandler } from './channel-stream.js';
import { ForwardListener, type ListenAddress } from './listener.js';
import { boundPort, forwardChannels, forwardRequests } from './messages.js';
import { Splice } from './splice.js';

/** Connections that may wait to be taken from a listener. */
const QUEUE_SIZE = 16;

export interface OpenTcpOptions extends CallLimits {
  /** Where the connection comes from, for the server's eyes. */
  readonly originHost?: string;
  readonly originPort?: number;
}

export interface OpenChannelOptions extends CallLimits, ChannelSize {
  /** Answers the server's requests on the channel. */
  readonly onRequest?: RequestHandler;
}

export interface ListenOptions extends CallLimits {
  /** Where the server listens; its loopback if not given. */
  readonly host?: string;
  /** 0 lets the server choose. */
  readonly port: number;
  /** Connections that may wait to be taken, 16 if not given; more are refused. */
  readonly queueSize?: number;
}

/** Connects to what a server is to reach through this client: an agent, for instance. */
export type Dial = () => Awaitable<Duplex | ByteLink>;

/** Channels to what a session was lent: OpenSSH's PROTOCOL §2.2, RFC 4254 §6.3. */
export type LentType = 'auth-agent@openssh.com' | 'x11';

/** What a connection gives to its forwarding. */
export interface ClientForwardingPort {
  /** @throws ConnectionClosedError once the connection is over. */
  open(
    type: string,
    fields: Uint8Array,
    opened: (outcome: OpenOutcome) => ChannelOwner | undefined,
    size?: ChannelSize,
  ): void;
  /**
   * A global request. `take` sees the answer, undefined for a refusal, before anything that the server says behind it.
   * @throws ConnectionClosedError, and what `take` throws.
   */
  ask<T>(name: string, fields: Uint8Array, take: (answer: Uint8Array | undefined) => T): Promise<T>;
  readonly schedule: Schedule;
}

export class ClientForwarding {
  readonly #port: ClientForwardingPort;
  readonly #listeners = new Set<ForwardListener>();
  /** What sessions were lent, an agent or a display; the last one is asked first. */
  readonly #lent: Readonly<Record<LentType, Set<Dial>>> = { 'auth-agent@openssh.com': new Set(), x11: new Set() };

  constructor(port: ClientForwardingPort) {
    this.#port = port;
  }

  openTcp(host: string, port: number, options: OpenTcpOptions): Promise<ChannelStream> {
    const { originHost = '127.0.0.1', originPort = 0 } = options;
    const fields = forwardChannels['direct-tcpip'].encode({ host, port, originHost, originPort });
    return this.openChannel('direct-tcpip', fields, options);
  }

  openUnix(path: string, options: CallLimits): Promise<ChannelStream> {
    const type = 'direct-streamlocal@openssh.com';
    const fields = forwardChannels[type].encode({ path, reservedText: '', reservedNumber: 0 });
    return this.openChannel(type, fields, options);
  }

  openChannel(type: string, fields: Uint8Array, options: OpenChannelOptions): Promise<ChannelStream> {
    const opening = new Promise<ChannelStream>((resolve, reject) => {
      const opened = (outcome: OpenOutcome): ChannelOwner | undefined => {
        if ('channel' in outcome) {
          const stream = new ChannelStream(outcome.channel, undefined, options.onRequest);
          resolve(stream);
          return stream.owner;
        }
        reject(new ChannelOpenError(outcome.code, outcome.description));
        return undefined;
      };
      this.#port.open(type, fields, opened, options);
    });
    return limited(opening, options, this.#port.schedule, (late) => late.close());
  }

  async listen(options: ListenOptions): Promise<ForwardListener> {
    const { host = 'localhost', port } = options;
    const fields = forwardRequests['tcpip-forward'].encode({ host, port });
    return this.#listen('tcpip-forward', fields, options, (answer) => {
      const bound = port === 0 ? boundPort.decode(answer).port : port;
      const cancelFields = forwardRequests['cancel-tcpip-forward'].encode({ host, port: bound });
      return this.#keep({ host, port: bound }, options.queueSize, 'cancel-tcpip-forward', cancelFields);
    });
  }

  async listenUnix(path: string, options: CallLimits & { readonly queueSize?: number }): Promise<ForwardListener> {
    const fields = forwardRequests['streamlocal-forward@openssh.com'].encode({ path });
    return this.#listen('streamlocal-forward@openssh.com', fields, options, () =>
      this.#keep({ path }, options.queueSize, 'cancel-streamlocal-forward@openssh.com', fields),
    );
  }

  /** From now on the server may open such channels, `once` or as often as it likes. @returns what takes that away again. */
  lend(type: LentType, dial: Dial, once = false): () => void {
    const lent = this.#lent[type];
    const revoke = (): void => void lent.delete(first);
    const first: Dial = once ? () => (revoke(), dial()) : dial;
    lent.add(first);
    return revoke;
  }

  /** Security: the server opens only what was asked for; all else is refused, and nothing is contacted for it. */
  receive(incoming: IncomingChannel): void {
    switch (incoming.type) {
      case 'forwarded-tcpip': {
        const { host, port, originHost, originPort } = forwardChannels['forwarded-tcpip'].decode(incoming.fields);
        const peer = { remoteAddress: originHost, remotePort: originPort };
        return this.#deliver(this.#listenerAt(host, port), incoming, peer);
      }
      case 'forwarded-streamlocal@openssh.com': {
        const { path } = forwardChannels['forwarded-streamlocal@openssh.com'].decode(incoming.fields);
        const listener = [...this.#listeners].find(({ address }) => 'path' in address && address.path === path);
        return this.#deliver(listener, incoming, {});
      }
      case 'auth-agent@openssh.com':
      case 'x11':
        return this.#joinLent(incoming, incoming.type);
      default:
        return refuse(incoming);
    }
  }

  /** The connection is over. */
  close(): void {
    for (const listener of this.#listeners) listener.finish();
    this.#listeners.clear();
    for (const lent of Object.values(this.#lent)) lent.clear();
  }

  /** Servers write the address as it was asked for, or as it was bound; the port tells enough. */
  #listenerAt(host: string, port: number): ForwardListener | undefined {
    const atPort = [...this.#listeners].filter(({ address }) => 'port' in address && address.port === port);
    return atPort.find(({ address }) => 'host' in address && address.host === host) ?? atPort[0];
  }

  #deliver(
    listener: ForwardListener | undefined,
    incoming: IncomingChannel,
    peer: { readonly remoteAddress?: string; readonly remotePort?: number },
  ): void {
    if (listener === undefined) refuse(incoming);
    else listener.receive(incoming, peer);
  }

  #joinLent(incoming: IncomingChannel, type: LentType): void {
    forwardChannels[type].decode(incoming.fields);
    const dial = [...this.#lent[type]].at(-1);
    if (dial === undefined) refuse(incoming);
    else void this.#join(incoming, dial);
  }

  async #join(incoming: IncomingChannel, dial: Dial): Promise<void> {
    let link: ByteLink;
    try {
      const stream = await dial();
      link = isByteLink(stream) ? stream : linkFromDuplex(stream);
    } catch {
      incoming.reject(ChannelOpenReason.CONNECT_FAILED, 'it cannot be reached');
      return;
    }
    let splice: Splice | undefined;
    const { schedule } = this.#port;
    incoming.accept((channel: Channel) => (splice = new Splice(channel, link, { schedule, over: ignore })));
    // The server may have gone in the meantime.
    if (splice === undefined) link.destroy();
    else splice.start();
  }

  /** What the server grants to a caller who has given up is cancelled. */
  #listen(
    name: keyof typeof forwardRequests,
    fields: Uint8Array,
    limits: CallLimits,
    keep: (answer: Uint8Array) => ForwardListener,
  ): Promise<ForwardListener> {
    const listening = this.#port.ask(name, fields, (answer) => {
      if (answer === undefined) throw new ChannelRequestError('the server refused to listen');
      return keep(answer);
    });
    return limited(listening, limits, this.#port.schedule, (late) => void late.close());
  }

  #keep(
    address: ListenAddress,
    queueSize = QUEUE_SIZE,
    cancel: keyof typeof forwardRequests,
    fields: Uint8Array,
  ): ForwardListener {
    const listener: ForwardListener = new ForwardListener(address, queueSize, async () => {
      this.#listeners.delete(listener);
      // A connection that is over listens nowhere.
      await this.#port.ask(cancel, fields, ignore).catch(ignore);
    });
    this.#listeners.add(listener);
    return listener;
  }
}

function refuse(incoming: IncomingChannel): void {
  incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'not asked for');
}

const ignore = (): void => undefined;

/** RFC 4254 §7 and OpenSSH's PROTOCOL §2: what a client connects to and listens on through its server. */
import type { Channel, ChannelOwner } from '../connection/channel.js';
import type { ChannelSize } from '../connection/limits.js';
import { ChannelOpenReason } from '../connection/messages.js';
import type { IncomingChannel, OpenOutcome } from '../connection/multiplexer.js';
import type { Awaitable } from '../crypto/provider.js';
import { ChannelOpenError, ChannelRequestError, ProtocolError } from '../errors.js';
import { isByteLink, linkFromDuplex, type ByteLink, type Duplex } from '../link.js';
import { limited, type CallLimits, type Schedule } from './call-limits.js';
import { ChannelStream, type RequestHandler } from './channel-stream.js';
import { ForwardListener, type ListenAddress } from './listener.js';
import { boundPort, forwardChannels, forwardRequests } from './messages.js';
import { Splice } from './splice.js';

/** Connections that may wait to be taken from a listener. */
const QUEUE_SIZE = 16;

export interface OpenTcpOptions extends CallLimits {
  /** The origin of the connection, as told to the server. */
  readonly originHost?: string;
  readonly originPort?: number;
}

export interface OpenChannelOptions extends CallLimits, ChannelSize {
  /** Answers the server's requests on the channel. */
  readonly onRequest?: RequestHandler;
}

export interface ListenOptions extends CallLimits {
  /** Where the server listens; its loopback by default. */
  readonly host?: string;
  /** 0 lets the server choose. */
  readonly port: number;
  /** Connections that may wait to be taken, 16 by default; further ones are refused. */
  readonly queueSize?: number;
}

/** Connects to what a server may reach through this client, such as an agent. */
export type Dial = () => Awaitable<Duplex | ByteLink>;

/** Channel types for what a session was lent: OpenSSH's PROTOCOL §2.2, RFC 4254 §6.3. */
export type LentType = 'auth-agent@openssh.com' | 'x11';

/** What a connection provides for its forwarding. */
export interface ClientForwardingPort {
  /** @throws ConnectionClosedError once the connection is over. */
  open(
    type: string,
    fields: Uint8Array,
    opened: (outcome: OpenOutcome) => ChannelOwner | undefined,
    size?: ChannelSize,
  ): void;
  /**
   * Sends a global request. `take` receives the reply, undefined for a refusal, before anything that the server sends
   * after it.
   * @throws ConnectionClosedError, and what `take` throws.
   */
  ask<T>(name: string, fields: Uint8Array, take: (answer: Uint8Array | undefined) => T): Promise<T>;
  readonly schedule: Schedule;
}

export class ClientForwarding {
  readonly #port: ClientForwardingPort;
  readonly #listeners = new Set<ForwardListener>();
  /** What sessions were lent, agents and displays; the latest is used. */
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
      const bound = port === 0 ? chosenPort(answer) : port;
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

  /** From now on the server may open such channels, `once` or repeatedly. @returns a function that revokes this. */
  lend(type: LentType, dial: Dial, once = false): () => void {
    const lent = this.#lent[type];
    const revoke = (): void => void lent.delete(first);
    const first: Dial = once ? () => (revoke(), dial()) : dial;
    lent.add(first);
    return revoke;
  }

  /** Security: the server may open only what was asked for; all else is refused, and nothing is contacted for it. */
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

  /** Servers return the address as requested or as bound; the port is enough to tell. */
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

  /** If the caller has given up by the time the server grants the request, it is cancelled. */
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
      // If the connection is over, the server no longer listens anyway.
      await this.#port.ask(cancel, fields, ignore).catch(ignore);
    });
    this.#listeners.add(listener);
    return listener;
  }
}

/** RFC 4254 §7.1: where the server listens if it was to choose. */
function chosenPort(answer: Uint8Array): number {
  const { port } = boundPort.decode(answer);
  if (port === 0 || port > 65_535) throw new ProtocolError(`the server chose port ${port}, which does not exist`);
  return port;
}

function refuse(incoming: IncomingChannel): void {
  incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'not asked for');
}

const ignore = (): void => undefined;

/** RFC 4254 §7 and OpenSSH's PROTOCOL §2.4: a server connects and listens for a client, as far as the application allows. */
import { ChannelOpenReason } from '../connection/messages.js';
import type { IncomingGlobalRequest } from '../connection/global-requests.js';
import type { IncomingChannel } from '../connection/multiplexer.js';
import { parseAddress } from '../keys/source-address.js';
import { isByteLink, linkFromDuplex, type ByteLink, type Duplex, type Peer } from '../link.js';
import { showThrown } from '../wire/printable.js';
import type { ConnectionForwarding, ForwardingContext, SessionForward } from './connection-forwarding.js';
import { decide } from './decisions.js';
import { boundPort, forwardChannels, forwardRequests } from './messages.js';
import type { ForwardRequest, Listening, Sockets } from './request.js';
import { SessionForwards } from './session-forwards.js';
import { Splice } from './splice.js';

/** Total time to look up a name and connect, in ms. */
const DIAL_TIMEOUT = 30_000;
/** How many addresses of a name are tried. */
const MAXIMUM_ADDRESSES = 4;
/** Listeners per connection. */
const MAXIMUM_LISTENERS = 32;
/**
 * Security: connections of one client that are spliced to a channel, including those whose channel is closed while a
 * slow target still takes earlier data: the limit on channels does not cover these.
 */
const MAXIMUM_SPLICES = 256;
/** The longest DNS name, and the longest path of a Unix socket; longer ones are refused before anybody is asked. */
const MAXIMUM_HOST = 255;
const MAXIMUM_PATH = 108;
const MAXIMUM_PORT = 65_535;
const CONTROL_CHARACTERS = /[\u0000-\u0020\u007f]/;

export interface ForwardingOptions {
  /** The adapter's sockets; without them, only what the hook `forward` provides itself is served. */
  readonly sockets?: Sockets;
  /** Total time to look up a name and connect, in ms; 30 s by default. */
  readonly dialTimeout?: number;
}

type Dial = (signal: AbortSignal) => Promise<Duplex | ByteLink>;
type ListenAt = (connected: (stream: Duplex | ByteLink, peer: Peer) => void) => Promise<Listening>;
type TcpForward = Extract<ForwardRequest, { readonly type: 'tcpip-forward' }>;
type UnixForward = Extract<ForwardRequest, { readonly type: 'streamlocal-forward@openssh.com' }>;

export class ServerForwarding implements ConnectionForwarding {
  readonly #context: ForwardingContext;
  readonly #sockets: Sockets;
  readonly #dialTimeout: number;
  readonly #sessions: SessionForwards;
  readonly #listeners = new Map<string, Listening>();
  readonly #dials = new Set<AbortController>();
  #splices = 0;
  #isClosed = false;

  constructor(context: ForwardingContext, { sockets = {}, dialTimeout = DIAL_TIMEOUT }: ForwardingOptions) {
    this.#context = context;
    this.#sockets = sockets;
    this.#dialTimeout = dialTimeout;
    this.#sessions = new SessionForwards(context);
  }

  get isActive(): boolean {
    return this.#listeners.size > 0 || this.#splices > 0 || this.#dials.size > 0 || this.#sessions.isActive;
  }

  openChannel(incoming: IncomingChannel): boolean {
    if (incoming.type === 'direct-tcpip') this.#openTcp(incoming);
    else if (incoming.type === 'direct-streamlocal@openssh.com') this.#openUnix(incoming);
    else return false;
    return true;
  }

  globalRequest(request: IncomingGlobalRequest): boolean {
    const { name, fields } = request;
    switch (name) {
      case 'tcpip-forward':
        void this.#listenTcp(request, { type: name, ...forwardRequests[name].decode(fields) });
        return true;
      case 'streamlocal-forward@openssh.com':
        void this.#listenUnix(request, { type: name, ...forwardRequests[name].decode(fields) });
        return true;
      case 'cancel-tcpip-forward':
        request.answer(this.#cancel(tcpName(forwardRequests[name].decode(fields))));
        return true;
      case 'cancel-streamlocal-forward@openssh.com':
        request.answer(this.#cancel(forwardRequests[name].decode(fields).path));
        return true;
      default:
        return false;
    }
  }

  sessionRequest(type: string, fields: Uint8Array): Promise<SessionForward | undefined> {
    return this.#sessions.request(type, fields);
  }

  close(): void {
    this.#isClosed = true;
    for (const listening of this.#listeners.values()) listening.close();
    this.#listeners.clear();
    for (const dial of this.#dials) dial.abort();
  }

  #openTcp(incoming: IncomingChannel): void {
    const { host, port, ...origin } = forwardChannels['direct-tcpip'].decode(incoming.fields);
    if (!isHost(host) || host === '' || port === 0 || port > MAXIMUM_PORT) {
      incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'no such address');
      return;
    }
    let looking: Promise<readonly string[]> | undefined;
    const resolve = (): Promise<readonly string[]> => (looking ??= this.#resolve(host));
    const { connectTcp } = this.#sockets;
    const dial = connectTcp && this.#eachAddress(host, resolve, (address, signal) => connectTcp(address, port, signal));
    void this.#connect(incoming, { type: 'direct-tcpip', host, port, ...origin, resolve }, dial);
  }

  #openUnix(incoming: IncomingChannel): void {
    const { path } = forwardChannels['direct-streamlocal@openssh.com'].decode(incoming.fields);
    if (!isPath(path)) {
      incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'no such path');
      return;
    }
    const { connectUnix } = this.#sockets;
    const dial = connectUnix && ((signal: AbortSignal) => connectUnix(path, signal));
    void this.#connect(incoming, { type: 'direct-streamlocal@openssh.com', path }, dial);
  }

  /** A numeric address resolves to itself. */
  async #resolve(host: string): Promise<readonly string[]> {
    if (parseAddress(host) !== undefined) return [host];
    return (await this.#sockets.resolve?.(host)) ?? [];
  }

  /** Security: the addresses looked up for the decision are those dialled; the name is not looked up again. */
  #eachAddress(
    host: string,
    resolve: () => Promise<readonly string[]>,
    connect: (address: string, signal: AbortSignal) => Promise<Duplex | ByteLink>,
  ): Dial {
    return async (signal) => {
      if (this.#sockets.resolve === undefined) return connect(host, signal);
      let failure: unknown = new Error('the name has no address');
      for (const address of (await resolve()).slice(0, MAXIMUM_ADDRESSES)) {
        signal.throwIfAborted();
        try {
          return await connect(address, signal);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    };
  }

  async #connect(incoming: IncomingChannel, request: ForwardRequest, dial: Dial | undefined): Promise<void> {
    if (this.#splices + this.#dials.size >= MAXIMUM_SPLICES) {
      incoming.reject(ChannelOpenReason.RESOURCE_SHORTAGE, 'too many connections');
      return;
    }
    const target = await decide(this.#context, request);
    const isDialled = target === 'accept';
    if (target === undefined || typeof target === 'function' || (isDialled && dial === undefined)) {
      incoming.reject(ChannelOpenReason.ADMINISTRATIVELY_PROHIBITED, 'forwarding is not allowed');
      return;
    }
    const stream = isDialled ? dial && (await this.#dial(dial)) : target;
    const link = stream && this.#linkOf(stream);
    if (link === undefined) incoming.reject(ChannelOpenReason.CONNECT_FAILED, 'the target cannot be reached');
    else this.#join(incoming, link);
  }

  /** Undefined if the target cannot be reached in time; a late connection is closed. */
  async #dial(dial: Dial): Promise<Duplex | ByteLink | undefined> {
    const abort = new AbortController();
    if (this.#isClosed) abort.abort();
    this.#dials.add(abort);
    const aborted = new Promise<undefined>((resolve) => {
      abort.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const cancel = this.#context.schedule(() => abort.abort(), this.#dialTimeout);
    const dialling = dial(abort.signal);
    try {
      const stream = await Promise.race([dialling, aborted]);
      if (stream === undefined) void dialling.then((late) => linkOf(late).destroy(), ignore);
      return stream;
    } catch (error) {
      this.#context.log(6, 'a target cannot be reached', { error: showThrown(error) });
      return undefined;
    } finally {
      cancel();
      this.#dials.delete(abort);
    }
  }

  /** A stream of the application may already be in use. */
  #linkOf(stream: Duplex | ByteLink): ByteLink | undefined {
    try {
      return linkOf(stream);
    } catch (error) {
      this.#context.log(3, 'a stream cannot be forwarded', { error: showThrown(error) });
      return undefined;
    }
  }

  #join(incoming: IncomingChannel, link: ByteLink): void {
    let splice: Splice | undefined;
    incoming.accept((channel) => (splice = this.#splice(channel, link)));
    // The client may have gone in the meantime.
    if (splice === undefined) link.destroy();
    else splice.start();
  }

  #splice(channel: ConstructorParameters<typeof Splice>[0], link: ByteLink): Splice {
    this.#splices += 1;
    const { schedule } = this.#context;
    return new Splice(channel, link, { schedule, over: () => void (this.#splices -= 1) });
  }

  async #listenTcp(request: IncomingGlobalRequest, wish: TcpForward): Promise<void> {
    const { host, port } = wish;
    const { listenTcp } = this.#sockets;
    const isKnown = isHost(host) && port <= MAXIMUM_PORT;
    const listen: ListenAt | undefined = listenTcp && ((connected) => listenTcp(host, port, connected));
    let bound = port;
    const listening =
      isKnown &&
      (await this.#listen(wish, listen, (stream, peer) => {
        const origin = { originHost: peer.remoteAddress ?? '', originPort: peer.remotePort ?? 0 };
        this.#open(
          'forwarded-tcpip',
          forwardChannels['forwarded-tcpip'].encode({ host, port: bound, ...origin }),
          stream,
        );
      }));
    if (!listening) {
      request.answer(false);
      return;
    }
    bound = listening.port ?? port;
    const isKept = this.#keep(tcpName({ host, port: bound }), listening);
    // RFC 4254 §7.1: the reply contains the port only if the server chose it.
    request.answer(isKept, isKept && port === 0 ? boundPort.encode({ port: bound }) : undefined);
  }

  async #listenUnix(request: IncomingGlobalRequest, wish: UnixForward): Promise<void> {
    const { path } = wish;
    const { listenUnix } = this.#sockets;
    const listen: ListenAt | undefined = listenUnix && ((connected) => listenUnix(path, connected));
    const fields = forwardChannels['forwarded-streamlocal@openssh.com'].encode({ path, reservedText: '' });
    const listening =
      isPath(path) &&
      (await this.#listen(wish, listen, (stream) => this.#open('forwarded-streamlocal@openssh.com', fields, stream)));
    request.answer(listening !== false && listening !== undefined && this.#keep(path, listening));
  }

  async #listen(
    wish: TcpForward | UnixForward,
    own: ListenAt | undefined,
    connected: (stream: Duplex | ByteLink, peer: Peer) => void,
  ): Promise<Listening | undefined> {
    if (this.#listeners.size >= MAXIMUM_LISTENERS) return undefined;
    const target = await decide(this.#context, wish);
    const listen = typeof target === 'function' ? target : target === 'accept' ? own : undefined;
    if (listen === undefined) return undefined;
    try {
      return await listen(connected);
    } catch (error) {
      this.#context.log(5, 'cannot listen for a client', { error: showThrown(error) });
      return undefined;
    }
  }

  /** @returns false if the connection is over, or already listens there. */
  #keep(name: string, listening: Listening): boolean {
    const isKept = !this.#isClosed && !this.#listeners.has(name);
    if (isKept) this.#listeners.set(name, listening);
    else listening.close();
    return isKept;
  }

  #cancel(name: string): boolean {
    this.#listeners.get(name)?.close();
    return this.#listeners.delete(name);
  }

  /** Offers an incoming connection to the client. */
  #open(type: string, fields: Uint8Array, stream: Duplex | ByteLink): void {
    const link = linkOf(stream);
    if (this.#splices >= MAXIMUM_SPLICES) {
      link.destroy();
      return;
    }
    const isAsked = this.#context.open(type, fields, (outcome) => {
      if ('channel' in outcome) {
        const splice = this.#splice(outcome.channel, link);
        // Starts once the channel has its owner, which is after this callback returns.
        void Promise.resolve().then(() => splice.start());
        return splice;
      }
      link.destroy();
      return undefined;
    });
    if (!isAsked) link.destroy();
  }
}

const ignore = (): void => undefined;

function linkOf(stream: Duplex | ByteLink): ByteLink {
  return isByteLink(stream) ? stream : linkFromDuplex(stream);
}

function tcpName({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host} ${port}`;
}

function isHost(host: string): boolean {
  return host.length <= MAXIMUM_HOST && !CONTROL_CHARACTERS.test(host);
}

function isPath(path: string): boolean {
  return path !== '' && path.length < MAXIMUM_PATH && !path.includes('\0');
}

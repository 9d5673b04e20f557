/** RFC 6455 §4.1: opens the WebSocket to a target, keeping track of the step that is under way. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { hostOf, portOf, withoutSecrets } from './address.js';
import { BridgeError, usageError, type Step } from './bridge-error.js';
import { EXIT } from './exit-codes.js';
import { explainConnectError, explainRefusal, explainTimeout } from './dial-failure.js';
import { endWhenSilent } from './heartbeat.js';
import { firstBodyLine } from './http/body-line.js';
import { noLog, type Log } from './log.js';
import { connectThrough } from './net/http-connect.js';
import { MAX_PAYLOAD } from './pump.js';
import { MAX_COMMAND_LENGTH, RELAY_PROTOCOL } from './relay-v4/commands.js';
import { CONNECT_SUFFIX, RECONNECT_SUFFIX } from './relay-v4/addresses.js';
import { RESUME_HEADER, RESUME_VERSION } from './relay-v4/relay-names.js';
import { KEEP_ALIVE_DELAY } from './tcp-listen.js';
import { requestUpgrade } from './websocket/connect.js';
import type { Link } from './websocket/link.js';
import { WebSocketLink } from './websocket/web-socket-link.js';

export interface DialOptions {
  /** `ws:` or `wss:`; the path names the target. */
  readonly url: string | URL;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Called for each connection, as headers may expire; the token wins over their `authorization`. */
  readonly headers?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined;
  readonly tls?: DialTls | undefined;
  /** An HTTP proxy to connect through with CONNECT. */
  readonly proxy?: URL | undefined;
  /** Limit for all steps together, in ms. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Gets a `debug` record for each step. */
  readonly log?: Log | undefined;
}

/** PEM; certificates are always verified. */
export interface DialTls {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** For servers that ask for a client certificate (mutual TLS). */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const DIAL_TIMEOUT = 10_000;

/** @throws BridgeError with exit code 64 */
export function parseTarget(text: string | URL): URL {
  const url = URL.canParse(String(text)) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    throw usageError(
      `"${withoutSecrets(String(text))}" is not a WebSocket URL`,
      url !== undefined && /^https?:$/.test(url.protocol)
        ? `try ${withoutSecrets(url.href).replace(/^http/, 'ws')}`
        : 'give one like wss://host/path or ws://localhost:8080/',
    );
  }
  if (url.hash !== '') {
    throw usageError(
      'a WebSocket URL has no #fragment',
      `try ${withoutSecrets(url.href.slice(0, url.href.indexOf('#')))}`,
    );
  }
  return url;
}

/** An open link, still paused. */
export interface Dialled {
  readonly link: Link;
  /** Whether the link speaks SSH Relay v4 rather than plain bytes. */
  readonly isResumable: boolean;
}

/**
 * Resolves to an open link of plain bytes that is paused; `pump` resumes it.
 *
 * @throws BridgeError
 */
export async function dial(options: DialOptions): Promise<Link> {
  return (await dialOffering(options, false)).link;
}

/**
 * Opens a link. It speaks SSH Relay v4 if the URL is an address of that protocol, or if it is offered and the server agrees.
 *
 * @throws BridgeError
 */
export async function dialOffering(options: DialOptions, offersResume: boolean): Promise<Dialled> {
  const url = parseTarget(options.url);
  assertToken(options.token);
  const offered = offersResume ? { [RESUME_HEADER]: RESUME_VERSION } : {};
  const headers = { ...(await options.headers?.()), ...bearer(options.token), ...offered };
  const tunnel = options.proxy && (await openTunnel(url, options.proxy, options));
  const progress = createProgress(firstStep(url, tunnel), url.host, options.log ?? noLog);
  const dialled = await upgrade({ url, headers, tunnel, progress }, options);
  const { link } = dialled;
  endWhenSilent(link);
  return dialled;
}

async function openTunnel(url: URL, proxy: URL, { timeout = DIAL_TIMEOUT, signal }: DialOptions): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeout);
  try {
    const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    return await connectThrough(proxy, hostOf(url), portOf(url), ends);
  } catch (error) {
    throw deadline.aborted ? explainTimeout(url, 'HTTP proxy', timeout) : error;
  }
}

function firstStep(url: URL, tunnel: Socket | undefined): Step {
  if (tunnel) return url.protocol === 'wss:' ? 'TLS handshake' : 'WebSocket upgrade';
  return isIP(hostOf(url)) === 0 ? 'name resolution' : 'TCP connect';
}

/** Which step is under way. */
interface Progress {
  readonly step: Step;
  reach(step: Step): void;
}

function createProgress(first: Step, host: string, log: Log): Progress {
  let step = first;
  const tell = (): void => log('debug', 'dial-step', `${host}: ${step}`, { step });
  tell();
  return {
    get step() {
      return step;
    },
    reach(next) {
      step = next;
      tell();
    },
  };
}

interface Attempt {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tunnel: Socket | undefined;
  readonly progress: Progress;
}

function upgrade(
  { url, headers, tunnel, progress }: Attempt,
  { signal, timeout = DIAL_TIMEOUT, protocols = [], tls }: DialOptions,
): Promise<Dialled> {
  const speaksRelay = url.pathname.endsWith(CONNECT_SUFFIX) || url.pathname.endsWith(RECONNECT_SUFFIX);
  const { request, faultOf } = requestUpgrade({
    url,
    headers,
    protocols: speaksRelay ? [RELAY_PROTOCOL, ...protocols] : protocols,
    createConnection: () => watchSteps(openSocket(url, tls, tunnel), url.protocol === 'wss:', progress),
  });
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: BridgeError): void => {
      settle(() => reject(error));
      request.destroy();
    };
    const timer = setTimeout(() => fail(explainTimeout(url, progress.step, timeout)), timeout);
    const onAbort = (): void => fail(new BridgeError(progress.step, EXIT.terminated, 'stopped', 'start it again'));
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', (error) => fail(explainConnectError(url, progress.step, error)));
    request.once('response', (response) => {
      void firstBodyLine(response).then((line) => fail(explainRefusal(url, response, line)));
    });
    request.once('upgrade', (response, socket, head) => {
      const fault = faultOf(response);
      if (fault === undefined) settle(() => resolve(openLink(response, socket, head, speaksRelay)));
      else fail(explainConnectError(url, progress.step, new Error(fault)));
    });
    if (signal?.aborted === true) onAbort();
  });
}

function openLink(response: IncomingMessage, socket: Socket, head: Buffer, speaksRelay: boolean): Dialled {
  const isResumable = speaksRelay || response.headers[RESUME_HEADER] === RESUME_VERSION;
  const link = new WebSocketLink(socket, head, {
    role: 'client',
    maxPayload: isResumable ? MAX_COMMAND_LENGTH : MAX_PAYLOAD,
    deliver: isResumable ? 'messages' : 'pieces',
  });
  // Failures of an open link show when it ends.
  link.on('error', () => undefined);
  return { link, isResumable };
}

function assertToken(token: string | undefined): void {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return;
  throw usageError(
    'the token contains spaces or characters that a header cannot carry',
    'check the file or variable it comes from',
  );
}

function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function openSocket(url: URL, tls: DialTls = {}, tunnel: Socket | undefined): Socket {
  const host = hostOf(url);
  const port = portOf(url);
  tunnel?.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY);
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY };
  if (url.protocol === 'ws:') return tunnel ?? connectTcp(options);
  const through = tunnel ? { socket: tunnel } : {};
  // RFC 6066 §3: an IP address is not a server name.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ ...options, ...tls, ...through, servername });
}

function watchSteps(socket: Socket, secure: boolean, progress: Progress): Socket {
  socket.once('lookup', (error: Error | null) => {
    if (error === null) progress.reach('TCP connect');
  });
  socket.once('connect', () => progress.reach(secure ? 'TLS handshake' : 'WebSocket upgrade'));
  socket.once('secureConnect', () => progress.reach('WebSocket upgrade'));
  return socket;
}

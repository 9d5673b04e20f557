/** `ssh-bridge doctor`: takes each step to a server separately, reports it, and stops at the one that fails. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hostOf, portOf } from '../address.js';
import { BridgeError, printable, type Step } from '../bridge-error.js';
import { dialOffering, type Dialled } from '../dial.js';
import { explainConnectError } from '../dial-failure.js';
import { EXIT } from '../exit-codes.js';
import { decodeCommand, encodeData } from '../relay-v4/commands.js';
import { CLOSE_ABORTED } from '../relay-v4/session.js';
import type { LineOptions } from '../resume/line.js';
import type { Link } from '../websocket/link.js';
import { probeTcp, probeTls } from './probes.js';
import { findIdentification, readOffer, type Found, type Offer } from './key-exchange-init.js';
import { CLOSE } from '../websocket/close-codes.js';

export interface Finding {
  readonly step: Step;
  readonly detail: string;
}

export interface DoctorOptions extends LineOptions {
  readonly url: URL;
  /** Called for each step that went well. */
  readonly onFinding: (finding: Finding) => void;
}

const IDENTIFICATION = 'SSH-2.0-ssh-bridge_doctor\r\n';
/** How long a server may take for each answer on the open link, in ms. */
const ANSWER_TIMEOUT = 5_000;
const PINGS = 3;
const MS_PER_DAY = 86_400_000;

/** @throws BridgeError that names the step */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { url, onFinding } = options;
  if (options.proxy) {
    onFinding({
      step: 'HTTP proxy',
      detail: `through ${options.proxy.host}, which resolves the name and connects over TCP`,
    });
  } else {
    await reachHost(options);
  }
  // Offered as `proxy` does: some relays accept only links that can be resumed.
  const dialled = await dialOffering(options, options.resume !== false);
  try {
    onFinding({ step: 'WebSocket upgrade', detail: `${url.host} answered 101 Switching Protocols` });
    await talk(dialled, onFinding);
  } finally {
    // After any other close code the server would wait for us to resume.
    dialled.link.close(CLOSE_ABORTED);
  }
}

async function reachHost({ url, tls, timeout = 10_000, onFinding }: DoctorOptions): Promise<void> {
  const [host, port] = [hostOf(url), portOf(url)];
  if (isIP(host) === 0) {
    const found = await lookup(host, { all: true }).catch((error: Error) => {
      throw explainConnectError(url, 'name resolution', error);
    });
    const addresses = [...new Set(found.map(({ address }) => address))].join(', ');
    onFinding({ step: 'name resolution', detail: `${host} is ${addresses}` });
  }
  const started = performance.now();
  const address = await probeTcp(url, host, port, timeout);
  onFinding({ step: 'TCP connect', detail: `${address} port ${port} in ${elapsed(started)}` });
  if (url.protocol !== 'wss:') return;
  const socket = await probeTls(url, host, port, tls ?? {}, timeout);
  onFinding({ step: 'TLS handshake', detail: describeTls(socket) });
}

function describeTls(socket: TLSSocket): string {
  const { subject, issuer, valid_to: end } = socket.getPeerCertificate();
  const days = Math.floor((Date.parse(end) - Date.now()) / MS_PER_DAY);
  const name = (of: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined): string =>
    printable(String(of?.CN ?? of?.O ?? 'unknown'));
  return `${socket.getProtocol() ?? 'TLS'}, certificate of ${name(subject)} by ${name(issuer)}, good for ${days} days`;
}

/** What the SSH server behind the link says about itself, and the round-trip time. */
async function talk({ link, isResumable }: Dialled, onFinding: DoctorOptions['onFinding']): Promise<void> {
  const reader = readLink(link, isResumable ? dataOf : (message) => message);
  const identification = Buffer.from(IDENTIFICATION);
  link.send(isResumable ? encodeData(identification) : identification, { binary: true, compress: false });
  const found = await reader.find('SSH identification', findIdentification);
  onFinding({ step: 'SSH identification', detail: printable(found) });
  onFinding({ step: 'SSH algorithms', detail: describeOffer(await reader.find('SSH algorithms', readOffer)) });
  const times: number[] = [];
  for (let round = 0; round < PINGS; round++) times.push(await roundTrip(link));
  const [best = 0] = times.toSorted((one, other) => one - other);
  onFinding({ step: 'round trip', detail: `${best.toFixed(1)} ms to the WebSocket server, best of ${PINGS}` });
}

function describeOffer(offer: Offer): string {
  const show = (names: readonly string[]): string => printable(names.slice(0, 3).join(', ') || 'none');
  const isPostQuantum = offer.kexAlgorithms.some((name) => /mlkem|sntrup/.test(name));
  return [
    `key exchange ${show(offer.kexAlgorithms.filter((name) => !/^(?:ext-info|kex-strict)/.test(name)))}`,
    `host keys ${show(offer.serverHostKeyAlgorithms)}`,
    `ciphers ${show(offer.encryptionAlgorithms)}`,
    isPostQuantum ? 'post-quantum' : 'not post-quantum',
    offer.kexAlgorithms.includes('kex-strict-s-v00@openssh.com') ? 'strict' : 'without strict key exchange',
  ].join('; ');
}

interface LinkReader {
  /** Resolves to what `read` finds at the start of the bytes received; waits for more while they are incomplete. */
  find<T>(step: Step, read: (bytes: Buffer) => Found<T>): Promise<T>;
}

/** The stream bytes in a command of SSH Relay v4; none if it is malformed. */
function dataOf(message: Uint8Array): Uint8Array {
  try {
    const command = decodeCommand(message);
    if (command.name === 'DATA') return command.data;
  } catch {
    // The missing identification is what gets reported.
  }
  return new Uint8Array();
}

function readLink(link: Link, streamOf: (message: Uint8Array) => Uint8Array): LinkReader {
  let bytes = Buffer.alloc(0);
  let closed: { readonly code: number; readonly how: string } | undefined;
  let wake = (): void => undefined;
  link.on('message', (message: Buffer) => {
    bytes = Buffer.concat([bytes, streamOf(message)]);
    wake();
  });
  link.on('close', (code, reason) => {
    const how = `the server closed with ${code}${reason.length === 0 ? '' : `: ${reason.toString()}`}`;
    closed = { code, how };
    wake();
  });
  link.resume();
  return {
    async find(step, read) {
      const deadline = performance.now() + ANSWER_TIMEOUT;
      for (;;) {
        const found = read(bytes);
        if (found === 'malformed') throw notSsh(step, `the target does not speak SSH: ${shown(bytes)}`);
        if (found !== 'incomplete') {
          bytes = Buffer.from(found.rest);
          return found.value;
        }
        if (closed?.code === CLOSE.policyViolation)
          throw new BridgeError(step, EXIT.notAllowed, closed.how, 'check the path of the URL');
        if (closed !== undefined) throw notSsh(step, closed.how);
        const left = deadline - performance.now();
        if (left <= 0) throw notSsh(step, `nothing came within ${ANSWER_TIMEOUT / 1000} s`, EXIT.timeout);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
}

function shown(bytes: Buffer): string {
  return printable(bytes.toString('latin1', 0, 60));
}

function notSsh(
  step: Step,
  detail: string,
  exitCode: typeof EXIT.timeout | typeof EXIT.unavailable = EXIT.unavailable,
): BridgeError {
  return new BridgeError(step, exitCode, detail, 'check on the server that sshd runs where the bridge leads to');
}

function roundTrip(link: Link): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const fail = (): void =>
      reject(
        new BridgeError('round trip', EXIT.timeout, 'no pong came', 'ask the operator whether pings are let through'),
      );
    const timer = setTimeout(fail, ANSWER_TIMEOUT);
    link.on('pong', () => {
      clearTimeout(timer);
      resolve(performance.now() - started);
    });
    link.ping();
  });
}

function elapsed(since: number): string {
  return `${(performance.now() - since).toFixed(1)} ms`;
}

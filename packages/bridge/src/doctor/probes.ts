/** TCP and TLS on their own, so that each can be reported. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { BridgeError, Step } from '../bridge-error.js';
import { explainConnectError, explainTimeout } from '../dial-failure.js';
import type { DialTls } from '../dial.js';

/** Resolves to the address that answered. */
export async function probeTcp(url: URL, host: string, port: number, timeout: number): Promise<string> {
  const socket = connectTcp({ host, port });
  await settled(url, 'TCP connect', socket, 'connect', timeout);
  const address = socket.remoteAddress ?? host;
  socket.destroy();
  return address;
}

/** Resolves to the socket, which is being closed. */
export async function probeTls(
  url: URL,
  host: string,
  port: number,
  tls: DialTls,
  timeout: number,
): Promise<TLSSocket> {
  // RFC 6066 §3: an IP address is not a server name.
  const socket = connectTls({ host, port, ...tls, servername: isIP(host) === 0 ? host : '' });
  await settled(url, 'TLS handshake', socket, 'secureConnect', timeout);
  socket.end();
  return socket;
}

function settled(url: URL, step: Step, socket: Socket, event: string, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: BridgeError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(explainTimeout(url, step, timeout)), timeout);
    socket.on('error', (error) => fail(explainConnectError(url, step, error)));
    socket.once(event, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

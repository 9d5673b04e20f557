/** RFC 4254 §6.3 on Node: the client's X server as a display of this machine, for the programs of a session. */
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { ForwardedDisplay } from '@nacre/core';
import type { SessionSocket } from './agent-socket.js';
import { joinStreams } from './join-streams.js';
import { privateFolder } from './private-folder.js';
import type { ProcessOwner } from './process-owner.js';

/** X's displays are ports from here on; the first ten are left to local servers, as by sshd_config(5), X11DisplayOffset. */
const FIRST_PORT = 6000;
const FIRST_DISPLAY = 10;
const LAST_DISPLAY = 1000;
/** Xau(3): the entry is valid for every address of the display. */
const FAMILY_WILD = 0xffff;

/**
 * Listens as the first free display, on loopback; DISPLAY and XAUTHORITY refer to it. Only programs of `owner` can read the
 * cookie, or of this process's user if not given. @throws if no display is free.
 */
export async function displaySocket(display: ForwardedDisplay, owner?: ProcessOwner): Promise<SessionSocket> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    const { remoteAddress: host = '127.0.0.1', remotePort: port = 0 } = socket;
    display.open({ host, port }).then(
      (channel) => joinStreams(socket, channel),
      () => socket.destroy(),
    );
  });
  const number = await bindDisplay(server);
  const folder = await privateFolder();
  const authority = join(folder.path, 'Xauthority');
  const close = async (): Promise<void> => {
    server.close();
    await folder.remove();
  };
  try {
    await writeFile(authority, authorityEntry(number, display), { mode: 0o600 });
    if (owner !== undefined) await folder.giveTo(owner);
  } catch (error) {
    await close();
    throw error;
  }
  const env = { DISPLAY: `localhost:${number}.${display.screenNumber}`, XAUTHORITY: authority };
  return { env, close, [Symbol.asyncDispose]: close };
}

async function bindDisplay(server: Server): Promise<number> {
  for (let number = FIRST_DISPLAY; number < LAST_DISPLAY; number += 1) {
    const isBound = await new Promise<boolean>((resolve) => {
      const failed = (): void => resolve(false);
      server.once('error', failed);
      server.listen(FIRST_PORT + number, '127.0.0.1', () => {
        server.off('error', failed);
        // A later failure, for lack of a descriptor, concerns one connection of a program.
        server.on('error', () => undefined);
        resolve(true);
      });
    });
    if (isBound) return number;
  }
  throw new Error('no X display is free');
}

/** Xau(3): family, then address, display, protocol and cookie, each preceded by a length of two bytes. */
function authorityEntry(number: number, display: ForwardedDisplay): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  const fields = [
    Buffer.alloc(0),
    Buffer.from(String(number)),
    Buffer.from(display.authenticationProtocol),
    Buffer.from(display.authenticationCookie, 'hex'),
  ].flatMap((field) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(field.length);
    return [length, field];
  });
  return Buffer.concat([family, ...fields]);
}

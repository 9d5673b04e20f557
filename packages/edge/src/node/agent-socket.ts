/** OpenSSH's PROTOCOL §2.2 on Node: the client's agent as a Unix socket, for the programs of a session. */
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ForwardedAgent } from '@nacre/core';
import { joinStreams } from './join-streams.js';
import { privateFolder } from './private-folder.js';
import type { ProcessOwner } from './process-owner.js';

export interface SessionSocket extends AsyncDisposable {
  /** What the programs of the session need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Listens at a path that goes into SSH_AUTH_SOCK; every connection to it opens one to the client's agent. Only programs of
 * `owner` can use it, or of this process's user if not given.
 */
export async function agentSocket(agent: ForwardedAgent, owner?: ProcessOwner): Promise<SessionSocket> {
  const folder = await privateFolder();
  const path = join(folder.path, 'agent');
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    agent.open().then(
      (channel) => joinStreams(socket, channel),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
    // A later failure, for lack of a descriptor, concerns one connection of a program.
    server.on('error', () => undefined);
  });
  const close = async (): Promise<void> => {
    server.close();
    await folder.remove();
  };
  try {
    await chmod(path, 0o600);
    if (owner !== undefined) await folder.giveTo(owner);
  } catch (error) {
    await close();
    throw error;
  }
  return { env: { SSH_AUTH_SOCK: path }, close, [Symbol.asyncDispose]: close };
}

/** Joins a Node socket to one of our channels; each half ends on its own, and neither is read faster than the other accepts. */
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ChannelStream } from '@nacre/core';

/** Settles when both halves are over. Never rejects: if one end breaks off, the other is told. */
export async function joinStreams(socket: Socket, channel: ChannelStream): Promise<void> {
  const out = async (): Promise<void> => {
    for await (const chunk of socket) await channel.write(chunk as Uint8Array);
    channel.end();
  };
  const back = pipeline(channel.readable, socket);
  try {
    await Promise.all([out(), back]);
  } catch {
    socket.destroy();
    channel.close();
  }
}

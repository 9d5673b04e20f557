/** A socket of Node joined to a channel of ours; each half ends by itself, and neither is read faster than the other takes. */
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ChannelStream } from '@nacre/core';

/** Settles when both halves are over. Never rejects: whoever breaks off, the other end is told. */
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

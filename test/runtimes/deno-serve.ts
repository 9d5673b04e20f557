/** A program for Deno: ssh over WebSocket by `Deno.serve`. Says where it listens. */
import { accept, createServer } from '@nacre/core';
import { handler } from '@nacre/edge/deno';

declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handle: ReturnType<typeof handler>,
  ): unknown;
};

const server = createServer({
  hooks: { none: () => accept },
  session: async (session) => {
    if (session.request.type === 'exec') await session.write(new Uint8Array(Number(session.request.command)));
    else await session.print('hello');
    return session.connection.peer.remoteAddress === '127.0.0.1' ? 7 : 1;
  },
});
const onListen = ({ port }: { port: number }): void => console.log(port);
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen }, handler(server));

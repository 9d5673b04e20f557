/** A program for Deno: ssh over WebSocket with `Deno.serve`. Prints where it listens. */
import { accept, createServer } from '@nacre/core';
import { handler, type HandlerOptions } from '@nacre/edge/deno';

declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handle: ReturnType<typeof handler>,
  ): unknown;
};

const server = createServer({
  hooks: {
    none: () => accept,
    connection: ({ headers, counts }, connection) => {
      connection.state = { agent: headers?.get('x-agent'), others: counts.connections };
    },
  },
  session: async (session) => {
    const { state, peer } = session.connection;
    if (session.request.type === 'exec' && session.request.command === 'who')
      await session.print(JSON.stringify({ state, peer }));
    else if (session.request.type === 'exec') await session.write(new Uint8Array(Number(session.request.command)));
    else await session.print('hello');
    return session.connection.peer.remoteAddress === '127.0.0.1' ? 7 : 1;
  },
});
const whoAsks: HandlerOptions['peer'] = ({ headers }, info) => {
  const remoteAddress = headers.get('x-real-ip') ?? info?.remoteAddr.hostname;
  if (remoteAddress === undefined || remoteAddress === 'unknown') throw new Error('nobody');
  return { remoteAddress, isDirect: headers.has('x-real-ip') };
};
const onListen = ({ port }: { port: number }): void => console.log(port);
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen }, handler(server, { peer: whoAsks }));

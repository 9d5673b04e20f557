/** A program for Bun: ssh over WebSocket. Prints where it listens. */
import { accept, createServer } from '@nacre/core';
import { listenWebSocket } from '@nacre/edge/node-web-socket';

const server = createServer({
  hooks: {
    none: () => accept,
    connection: ({ headers, counts }, connection) => {
      connection.state = { agent: headers?.get('x-agent'), others: counts.connections };
    },
  },
  session: (session) => {
    const { state, peer } = session.connection;
    return session.print(JSON.stringify({ state, peer }));
  },
});
const { port } = await listenWebSocket(server, {
  port: 0,
  peer: ({ headers }) => ({ remoteAddress: String(headers['x-real-ip']), isDirect: true }),
});
console.log(port);

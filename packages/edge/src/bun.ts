/** Bun: TCP through its `node:net`; WebSocket through `@nacre/edge/node-web-socket`. */
export {
  connectTcp,
  forwarding,
  fromNodeStream,
  fromSocket,
  listen,
  type ForwardingOptions,
  type Listener,
  type ListenOptions,
} from './node.js';

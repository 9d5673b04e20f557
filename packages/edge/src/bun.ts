/** Bun: TCP by its `node:net`; WebSocket by `@nacre/edge/node-web-socket`. */
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

/** SSH Relay v4 for every runtime that has WebSockets; nothing here depends on Node. */
export { CLOSE } from '../websocket/close-codes.js';
export { CONNECT_SUFFIX, RECONNECT_SUFFIX } from './addresses.js';
export {
  decodeCommand,
  encodeConnectSuccess,
  encodeReconnectSuccess,
  MAX_COMMAND_LENGTH,
  RELAY_PROTOCOL,
  ResumeFault,
} from './commands.js';
export * from './relay-names.js';
export { CLOSE_ABORTED, FINAL_CODES } from './session.js';
export { displacedBy, sourceOf } from './source.js';
export { Turns } from './turns.js';
export { ResumableWebSocket, type ResumableWebSocketOptions, type WebSocketLike } from './web-socket.js';

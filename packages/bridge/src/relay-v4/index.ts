/** SSH Relay v4 for every place that has WebSockets: nothing here is Node's. */
export { CONNECT_SUFFIX } from './addresses.js';
export { ResumableWebSocket, type ResumableWebSocketOptions, type WebSocketLike } from './web-socket.js';

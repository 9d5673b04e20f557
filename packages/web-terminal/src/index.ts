/** SSH in a browser tab: a server hosted there, and the sessions of servers and clients in xterm.js. */
export { attachClient, pixelSize, type AttachableProcess, type AttachedClient } from './attach-client.js';
export { attachSession, type AttachSessionOptions, type SessionTap, type WatchedSize } from './attach-session.js';
export { browserCrypto } from './browser-crypto.js';
export { browserWebSocket } from './browser-web-socket.js';
export { displayLines, displayText } from './display-text.js';
export { guardTerminal, openWebLink, webLinks, type GuardOptions } from './guard-terminal.js';
export { hostInTab, type HostOptions, type HostState, type LinkAcceptor, TabHost } from './host-in-tab.js';
export { indexedDbKeyStore, type IndexedDbKeyStoreOptions } from './indexed-db-key-store.js';
export { openWebSocket, type OpenWebSocketOptions } from './open-web-socket.js';
export { skippedNote, WatchWindow } from './watch-window.js';

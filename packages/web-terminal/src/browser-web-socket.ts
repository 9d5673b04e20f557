/** A browser's WebSocket, as links want to know it. */
import type { WebSocketLinkOptions } from '@nacre/core';

/** For `fromWebSocket` in a browser. */
export const browserWebSocket = { sendCopies: true, messagesAreWeighed: true } as const satisfies WebSocketLinkOptions;

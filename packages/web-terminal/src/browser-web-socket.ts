/** The properties of a browser's WebSocket that links need to know. */
import type { WebSocketLinkOptions } from '@nacre/core';

/** For `fromWebSocket` in a browser. */
export const browserWebSocket = { sendCopies: true, messagesAreWeighed: true } as const satisfies WebSocketLinkOptions;

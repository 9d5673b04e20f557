/** How a stream of bytes over one WebSocket, or over one after another, has ended. */

export type LinkEnd =
  | { readonly how: 'clean' }
  /** Our side failed, or the peer broke the framing. */
  | { readonly how: 'failed'; readonly error: Error }
  | { readonly how: 'broken'; readonly code: number; readonly reason: string };

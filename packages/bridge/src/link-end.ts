/** How a byte stream over one WebSocket, or over several in succession, has ended. */

export type LinkEnd =
  | { readonly how: 'clean' }
  /** Our side failed, or the peer broke the framing. */
  | { readonly how: 'failed'; readonly error: Error }
  | { readonly how: 'broken'; readonly code: number; readonly reason: string };

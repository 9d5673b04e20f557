/** What ends with an AbortSignal, also if that was aborted before. */

export function whenAborted(signal: AbortSignal | undefined, work: () => void): void {
  if (signal?.aborted === true) work();
  else signal?.addEventListener('abort', work, { once: true });
}

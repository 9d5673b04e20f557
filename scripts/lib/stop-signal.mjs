/** When a command that runs until somebody stops it has to stop. */

/** How often it looks whether npm is still there, in ms. */
const LOOK_INTERVAL = 500;

/**
 * Calls `stop` once: at ^C, at SIGTERM, or when npm, which has started this process, is gone. npm passes a SIGTERM on to its shell only, and
 * that ends without a word to its child. What the child sees is that it has another parent.
 */
export function onStopSignal(stop) {
  const parent = process.ppid;
  // Only under npm: who starts this in the background of a shell may leave the shell.
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
  const look = isUnderNpm ? setInterval(() => process.ppid !== parent && once(), LOOK_INTERVAL).unref() : undefined;
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, once);

  function once() {
    clearInterval(look);
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, once);
    stop();
  }
}

/** A pause that does not keep the process alive. */

/** @param time in ms */
export function delay(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time).unref());
}

/** A pause that holds no process up. */

/** @param time in ms */
export function delay(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time).unref());
}

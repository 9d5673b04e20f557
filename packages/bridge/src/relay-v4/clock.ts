/** Time as a parameter: what is to happen later, and how it is called off. */

/** Calls back once after `delay` ms, unless the function that it returns was called before. */
export type Schedule = (delay: number, callback: () => void) => () => void;

/** The clock of this process, which stays alive for what is still to happen. */
export const systemSchedule: Schedule = (delay, callback) => {
  const timer = setTimeout(callback, delay);
  return () => clearTimeout(timer);
};

/** Checks of an application's options: each error says in one sentence what to change. */
import { ConfigurationError } from './errors.js';

/** `where` is the option they are in. @throws ConfigurationError for a name that `known` does not have. */
export function requireNames(where: string, names: readonly string[], known: object): void {
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const choice = Object.keys(known).join(', ');
  throw new ConfigurationError(`there is no ${JSON.stringify(unknown)} in ${where}; there are ${choice}`);
}

/** `value`, the option at `path`. @throws ConfigurationError for anything but a whole number from `least` to `most`. */
export function wholeNumber(path: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new ConfigurationError(`${path} must be a whole number from ${least} to ${most}, not ${String(value)}`);
}

/** Checks the arguments of `listen` before it listens; errors are one sentence that says what to change. */
import { ConfigurationError } from '@nacre/core';

const MAXIMUM_PORT = 65_535;
const OPTIONS: readonly string[] = ['port', 'host'];

/** @param more names of further options of a listener. @throws ConfigurationError. */
export function checkListening(server: unknown, options: unknown, more: readonly string[] = []): void {
  if (typeof server !== 'object' || server === null || !('admit' in server))
    throw new ConfigurationError('the server must be one that createServer made: listen(server, { port: 2222 })');
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError('say where to listen: listen(server, { port: 2222 })');
  const known = [...OPTIONS, ...more];
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new ConfigurationError(`"${name}" is not an option of a listener; there are ${known.join(', ')}`);
  const { port, host } = options as Readonly<Record<string, unknown>>;
  if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > MAXIMUM_PORT)
    throw new ConfigurationError(`port must be a whole number from 0 to ${MAXIMUM_PORT}, not ${String(port)}`);
  if (host !== undefined && ![host].flat().every((each) => typeof each === 'string'))
    throw new ConfigurationError("host must be an address or a list of them, such as '127.0.0.1' or '::'");
}

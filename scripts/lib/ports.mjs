/** Ports on loopback: which ones are requested, and whether they are available. */
import { createServer } from 'node:net';
import { UserError } from './processes.mjs';

const LOOPBACK = '127.0.0.1';

/**
 * Reads ports from the environment.
 * @param usual the default port, by the name of each variable
 * @throws UserError if a value is not a port, or is given twice
 */
export function readPorts(usual) {
  const ports = Object.fromEntries(Object.entries(usual).map(([name, port]) => [name, readPort(name, port)]));
  const names = Object.keys(ports);
  for (const name of names) {
    const other = names.find((candidate) => candidate !== name && ports[candidate] === ports[name]);
    if (other !== undefined)
      throw new UserError(`${name} and ${other} are both ${ports[name]}: give each a port of its own`);
  }
  return ports;
}

function readPort(name, usual) {
  const text = process.env[name] ?? '';
  const port = text === '' ? usual : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new UserError(`${name} "${text}" is not a port: give a number from 1 to 65535`);
}

/** @throws UserError that says what to do if `port` is unavailable */
export async function assertFree(name, port) {
  try {
    await bind(port);
  } catch (error) {
    const why =
      error.code === 'EACCES'
        ? 'needs privileges: choose one above 1023'
        : 'is in use: stop the program that has it, or choose another';
    throw new UserError(`port ${port} ${why} with ${name}=…`);
  }
}

/** `port` if it is available, otherwise another one. */
export async function freePort(port = 0) {
  return (await bind(port).catch(() => undefined)) ?? bind(0);
}

/** Binds a port and releases it. @returns its number */
function bind(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port }, () => {
      const bound = server.address().port;
      server.close(() => resolve(bound));
    });
  });
}

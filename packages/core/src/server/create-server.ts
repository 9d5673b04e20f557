/** A server with every safe algorithm, and with the portable provider by default. */
import { chooseAlgorithms } from '../algorithms/choice.js';
import * as table from '../algorithms/table.js';
import { portableCrypto } from '../crypto/portable.js';
import { LiveServer } from './live-server.js';
import { checkServerOptions } from './option-checks.js';
import type { ServerOptions } from './options.js';
import type { Server } from './server.js';

/** @throws ConfigurationError for an option that does not exist or is of the wrong kind. */
export function createServer(options: ServerOptions): Server {
  checkServerOptions(options);
  const signatures = { ...table.signatures, ...options.certificates?.signatures };
  const usual = { ...table, signatures };
  const algorithms = chooseAlgorithms('server', usual, options.algorithms, options.crypto?.algorithms);
  return new LiveServer({ ...options, algorithms, crypto: options.crypto ?? portableCrypto });
}

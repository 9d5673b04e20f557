/** `--cert`, `--key` and `--ca` of a server: read as it starts, and again at each SIGHUP. */
import { createSecureContext } from 'node:tls';
import { BridgeError } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import type { ServerTls } from '../http/http-server.js';
import { readPem } from './dial-flags.js';

export interface ServerTlsFlags {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** @throws BridgeError with exit code 64, also when the files do not belong together */
export async function readServerTls(flags: ServerTlsFlags): Promise<ServerTls | undefined> {
  if (flags.cert === undefined && flags.key === undefined) {
    if (flags.ca !== undefined) throw usage('--ca needs --cert and --key', 'give all three');
    return undefined;
  }
  const [cert, key, ca] = await Promise.all([
    readPem('--cert', flags.cert),
    readPem('--key', flags.key),
    readPem('--ca', flags.ca),
  ]);
  if (cert === undefined || key === undefined) throw usage('--cert and --key go together', 'give both');
  const tls = { cert, key, ca };
  try {
    createSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(
      `the files of --cert, --key or --ca cannot be used: ${reason}`,
      `check them; next: openssl x509 -noout -subject -enddate -in ${flags.cert ?? ''}`,
      error,
    );
  }
  return tls;
}

/**
 * The same at a reload.
 *
 * @throws BridgeError also where the port would have to speak otherwise than it does
 */
export async function rereadServerTls(
  flags: ServerTlsFlags,
  running: ServerTls | undefined,
): Promise<ServerTls | undefined> {
  const next = await readServerTls(flags);
  if ((next === undefined) !== (running === undefined) || (next?.ca === undefined) !== (running?.ca === undefined)) {
    throw usage('--cert, --key and --ca cannot come or go while the port is open', 'start it again');
  }
  return next;
}

function usage(detail: string, hint: string, cause?: unknown): BridgeError {
  return new BridgeError('usage', EXIT.usage, detail, hint, cause);
}

/** `--cert`, `--key` and `--ca` of a server: read at start, and again at each SIGHUP. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { usageError } from '../bridge-error.js';
import type { ServerTls } from '../http/http-server.js';
import type { Log } from '../log.js';
import { readPem } from './dial-flags.js';
import { shellWord } from './own-command.js';

export interface ServerTlsFlags {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** @throws BridgeError with exit code 64, also if the files do not belong together */
export async function readServerTls(flags: ServerTlsFlags): Promise<ServerTls | undefined> {
  if (flags.cert === undefined && flags.key === undefined) {
    if (flags.ca !== undefined) throw usageError('--ca needs --cert and --key', 'give all three');
    return undefined;
  }
  const [cert, key, ca] = await Promise.all([
    readPem('--cert', flags.cert),
    readPem('--key', flags.key),
    readPem('--ca', flags.ca),
  ]);
  if (cert === undefined || key === undefined) throw usageError('--cert and --key go together', 'give both');
  try {
    createSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`the files of --cert, --key or --ca cannot be used: ${reason}`, lookAt(flags), error);
  }
  // OpenSSL compares the two only if they are of the same type.
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw usageError('the key of --key does not belong to the certificate of --cert', lookAt(flags));
  return { cert, key, ca };
}

function lookAt({ cert }: ServerTlsFlags): string {
  return `check them; next: openssl x509 -noout -subject -dates -in ${shellWord(cert ?? '')}`;
}

/** Warns in the log if no client will trust the certificate now; not an error, as it may be renewed while the server runs. */
export function warnOfDates({ cert }: ServerTls, flags: ServerTlsFlags, log: Log, now: number = Date.now()): void {
  const { validFrom, validTo } = new X509Certificate(cert);
  const fault =
    now > Date.parse(validTo)
      ? `has expired (${validTo})`
      : now < Date.parse(validFrom)
        ? `is not valid yet (from ${validFrom} on)`
        : undefined;
  if (fault === undefined) return;
  log('warn', 'certificate-dates', `the certificate of --cert ${fault}, so clients refuse it; ${lookAt(flags)}`);
}

/**
 * The same at a reload.
 *
 * @throws BridgeError also if an open port would have to begin or stop speaking TLS, or asking for certificates
 */
export async function rereadServerTls(
  flags: ServerTlsFlags,
  running: ServerTls | undefined,
): Promise<ServerTls | undefined> {
  const next = await readServerTls(flags);
  if ((next === undefined) !== (running === undefined) || (next?.ca === undefined) !== (running?.ca === undefined)) {
    throw usageError('--cert, --key and --ca cannot come or go while the port is open', 'start it again');
  }
  return next;
}

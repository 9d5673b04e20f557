/** The playground's configuration, the same on every runtime: environment variables, or bindings. */
import { generateKey, parsePrivateKey, type LogRecord, type RekeyLimits, type Signer } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';

export interface Variables {
  /** The text of an OpenSSH private key; without one, a key is made for this run. */
  readonly HOST_KEY?: string | null | undefined;
  /** The text of an authorized_keys file, for the users `keys` and `both`. */
  readonly AUTHORIZED_KEYS?: string | null | undefined;
  /** Forces a rekey after so many bytes. */
  readonly REKEY_BYTES?: string | null | undefined;
}

export interface Configuration {
  readonly hostKeys: () => Promise<readonly Signer[]>;
  readonly authorizedKeys: string;
  readonly crypto: CryptoProvider;
  readonly rekey: Partial<RekeyLimits>;
  readonly log: (record: LogRecord) => void;
}

/** syslog's number for a warning; less urgent records are not shown. */
const WARNING = 4;

/** Security: without a given key, clients rightly warn after every start that the host key has changed. */
export function configure(
  { HOST_KEY, AUTHORIZED_KEYS, REKEY_BYTES }: Variables,
  crypto: CryptoProvider,
): Configuration {
  return {
    hostKeys: async () => [
      HOST_KEY ? parsePrivateKey(HOST_KEY, { crypto }) : await generateKey('ssh-ed25519', { crypto }),
    ],
    authorizedKeys: AUTHORIZED_KEYS ?? '',
    crypto,
    rekey: REKEY_BYTES ? { bytes: Number(REKEY_BYTES) } : {},
    log: ({ priority, category, message, fields }) => {
      if (priority <= WARNING) console.error(`${category}: ${message} ${JSON.stringify(fields)}`);
    },
  };
}

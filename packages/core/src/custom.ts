/**
 * `@nacre/core/custom`: servers and clients made of exactly the parts they are given. The main entry adds every
 * algorithm and the whole portable provider; here nothing is included unless named, which keeps bundles small.
 */
import type { AlgorithmTables } from './algorithms/algorithm.js';
import { compressionNone } from './algorithms/none.js';
import { offerAll, type ChosenParts } from './algorithms/offer.js';
import { checkVerifier, ClientConnection, logIn, type ClientOptions } from './client/connection.js';
import { complete, type PartialProvider } from './crypto/partial.js';
import type { CryptoProvider, Needs } from './crypto/provider.js';
import { readPrivateKey } from './keys/openssh-key-file.js';
import type { PrivateKey } from './keys/private-key.js';
import type { ByteLink, Duplex } from './link.js';
import { LiveServer } from './server/live-server.js';
import { checkServerOptions } from './server/option-checks.js';
import type { ServerOptions } from './server/options.js';
import type { Server } from './server/server.js';

export { aesCtr } from './algorithms/aes-ctr.js';
export { aesGcm } from './algorithms/aes-gcm.js';
export { certificateRows } from './algorithms/certificate.js';
export { chacha20Poly1305 } from './algorithms/chacha20-poly1305.js';
export { curve25519Sha256 } from './algorithms/curve25519.js';
export { sshEd25519 } from './algorithms/ed25519.js';
export { hmacWith } from './algorithms/hmac.js';
export { mlkem768x25519Sha256 } from './algorithms/mlkem768x25519.js';
export { randomBytes } from './crypto/random.js';
export { learnHostKeys } from './host-keys.js';
export { keyboardInteractive } from './userauth/keyboard-interactive-credential.js';
export type { ClientConnection, PartialProvider, PrivateKey, Server };

/** Rows by their registered names; all of them are offered, in this order. */
export type CustomAlgorithms<Crypto> = Pick<AlgorithmTables<Crypto>, 'keyExchanges' | 'signatures' | 'ciphers'> &
  Partial<Pick<AlgorithmTables, 'macs' | 'compressions'>>;

/** The names of primitives, including those that every connection needs. */
type Primitive = keyof CryptoProvider;

/** `crypto` must have the primitives that the rows use: a row that needs another does not compile. */
export interface Parts<Primitives extends Primitive> {
  readonly crypto: Needs<Primitives> & PartialProvider;
  readonly algorithms: CustomAlgorithms<Needs<NoInfer<Primitives>>>;
}

/**
 * Like `connect` of the main entry, but with `learn`, which takes `learnHostKeys(updates)`, instead of
 * `hostKeyUpdates`.
 * @throws the same errors.
 */
export async function connect<Primitives extends Primitive>(
  stream: Duplex | ByteLink,
  { crypto, algorithms, credentials, ...options }: Omit<ClientOptions, 'crypto' | 'algorithms'> & Parts<Primitives>,
): Promise<ClientConnection> {
  checkVerifier(options);
  const client = new ClientConnection(stream, { ...options, ...choose({ crypto, algorithms }) });
  return logIn(client, () => credentials && client.authenticate(options.user, credentials));
}

/**
 * Like `createServer` of the main entry. @throws ConfigurationError for an option that does not exist or is of the
 * wrong kind.
 */
export function createServer<Primitives extends Primitive>({
  crypto,
  algorithms,
  ...options
}: Omit<ServerOptions, 'crypto' | 'algorithms'> & Parts<Primitives>): Server {
  checkServerOptions(options);
  return new LiveServer({ ...options, ...choose({ crypto, algorithms }) });
}

/** Like `parsePrivateKey` of the main entry; the key signs with `crypto`, which must have its type's primitives. */
export function parsePrivateKey(file: string, { crypto }: { readonly crypto: PartialProvider }): PrivateKey {
  return readPrivateKey(file, complete(crypto));
}

function choose<Primitives extends Primitive>({ crypto, algorithms }: Parts<Primitives>): ChosenParts {
  const tables = { macs: {}, compressions: { none: compressionNone }, ...algorithms };
  return { crypto: complete(crypto), algorithms: offerAll(tables) };
}

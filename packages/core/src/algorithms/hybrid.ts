/** RFC 10042 §2, RFC 9941 §3: exchanges that combine a post-quantum KEM with X25519, secure as long as either one is. */
import { orElse, proceed } from '../crypto/awaitable.js';
import type { Awaitable, HashName, KeyEncapsulation, Needs } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import { concatenate } from '../wire/concatenate.js';
import { agree, initiate, respond } from './agreement.js';
import type { KeyExchangeAlgorithm } from './algorithm.js';
import {
  answeredExchange,
  shareExchange,
  type AnsweredExchange,
  type InitiatedExchange,
  type ShareExchange,
} from './share-exchange.js';

const X25519_LENGTH = 32;

/** The server's half. */
export interface HybridAnswer<Crypto> {
  readonly hash: HashName;
  /** Length of the KEM's public key in bytes. */
  readonly publicKeyLength: number;
  readonly encapsulate: (crypto: Crypto, publicKey: Uint8Array) => ReturnType<KeyEncapsulation['encapsulate']>;
}

export interface HybridParameters<Crypto> extends Omit<HybridAnswer<Crypto>, 'encapsulate'> {
  readonly encapsulation: (crypto: Crypto) => KeyEncapsulation;
  readonly ciphertextLength: number;
}

/** What both halves need, whatever the KEM is. */
type Classical = Needs<'hash' | 'x25519'>;

/** Shares are the KEM's part, then X25519's; K = HASH(K_PQ ‖ K_CL), which enters the exchange hash as a string. */
export function hybrid<Crypto>(parameters: HybridParameters<Crypto>): ShareExchange<Crypto & Classical> {
  const encapsulate = (crypto: Crypto, publicKey: Uint8Array) =>
    parameters.encapsulation(crypto).encapsulate(publicKey);
  return shareExchange({
    hash: parameters.hash,
    secretEncoding: 'string',
    initiate: (crypto) => initiateBoth(parameters, crypto),
    finish: (crypto, secret, serverShare) => finishBoth(parameters, crypto, secret, serverShare),
    respond: (crypto, clientShare) => respondBoth({ ...parameters, encapsulate }, crypto, clientShare),
  });
}

/** A row for servers only. */
export function hybridAnswer<Crypto>(parameters: HybridAnswer<Crypto>): KeyExchangeAlgorithm<Crypto & Classical> {
  return answeredExchange({
    hash: parameters.hash,
    secretEncoding: 'string',
    respond: (crypto, clientShare) => respondBoth(parameters, crypto, clientShare),
  });
}

function initiateBoth<Crypto>(
  { encapsulation }: HybridParameters<Crypto>,
  crypto: Crypto & Classical,
): Awaitable<InitiatedExchange> {
  return proceed(encapsulation(crypto).generate(), (postQuantum) =>
    proceed(initiate(crypto.x25519), (classical) => ({
      share: concatenate([postQuantum.publicKey, classical.share]),
      secret: concatenate([postQuantum.secretKey, classical.secret]),
    })),
  );
}

function finishBoth<Crypto>(
  { hash, encapsulation, ciphertextLength }: HybridParameters<Crypto>,
  crypto: Crypto & Classical,
  secret: Uint8Array,
  serverShare: Uint8Array,
): Awaitable<Uint8Array> {
  const [ciphertext, publicKey] = split(serverShare, ciphertextLength);
  const [secretKey, privateKey] = split(secret, secret.length - X25519_LENGTH);
  const decapsulate = () =>
    orElse(
      () => encapsulation(crypto).decapsulate(secretKey, ciphertext),
      () => new KeyExchangeError('a share has an unusable post-quantum ciphertext'),
    );
  return proceed(agree(crypto.x25519, privateKey, publicKey, X25519_LENGTH), (classical) =>
    proceed(decapsulate(), (postQuantum) => crypto.hash(hash, postQuantum, classical)),
  );
}

function respondBoth<Crypto>(
  { hash, encapsulate, publicKeyLength }: HybridAnswer<Crypto>,
  crypto: Crypto & Classical,
  clientShare: Uint8Array,
): Awaitable<AnsweredExchange> {
  const [encapsulationKey, publicKey] = split(clientShare, publicKeyLength);
  const postQuantum = () =>
    orElse(
      () => encapsulate(crypto, encapsulationKey),
      () => new KeyExchangeError('a share has an unusable post-quantum key'),
    );
  return proceed(respond(crypto.x25519, publicKey, X25519_LENGTH), (classical) =>
    proceed(postQuantum(), ({ ciphertext, sharedSecret }) => ({
      share: concatenate([ciphertext, classical.share]),
      sharedSecret: crypto.hash(hash, sharedSecret, classical.sharedSecret),
    })),
  );
}

/** The two parts of a share or secret: the first of `firstLength` bytes, the second an X25519 key. */
function split(whole: Uint8Array, firstLength: number): readonly [Uint8Array, Uint8Array] {
  const expected = firstLength + X25519_LENGTH;
  if (whole.length !== expected) {
    throw new KeyExchangeError(`a hybrid share has ${whole.length} bytes, expected ${expected}`);
  }
  return [whole.subarray(0, firstLength), whole.subarray(firstLength)];
}

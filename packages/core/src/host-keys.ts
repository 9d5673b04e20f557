/** draft-miller-sshm-hostkey-update: a server announces its host keys and proves possession; a client learns them. */
import type { AlgorithmTables, Signer } from './algorithms/algorithm.js';
import { hostKeySizeFault } from './algorithms/host-key-size.js';
import type { IncomingGlobalRequest } from './connection/global-requests.js';
import { equalBytes, type CryptoProvider } from './crypto/provider.js';
import type { HostKeyUpdates } from './keys/index.js';
import { keyTypeOf } from './keys/public-key.js';
import { string, text } from './wire/fields.js';
import { record } from './wire/message.js';
import { onceFor } from './wire/once-for.js';
import { Reader } from './wire/reader.js';
import { Writer } from './wire/writer.js';

/** Global requests: a server's list of keys, and a client's request for proofs. */
export const HOST_KEYS = 'hostkeys-00@openssh.com';
export const HOST_KEYS_PROVE = 'hostkeys-prove-00@openssh.com';

/** Keys considered in one message; servers have a handful. */
const MAXIMUM_KEYS = 32;
/** Bytes of one key or signature; 16384-bit RSA takes some 2 KiB. */
const MAXIMUM_BLOB = 8 * 1024;
/** Security: each proof costs signatures, so a client gets as many as it can use, with some to spare. */
const MAXIMUM_PROOFS = 4;

const SSH_RSA = 'ssh-rsa';
const RSA_SHA2 = ['rsa-sha2-512', 'rsa-sha2-256'];

const proof = /* @__PURE__ */ record({ name: text, sessionId: string, hostKey: string });

/** What is signed to prove possession of a key. */
function proofMessage(sessionId: Uint8Array, hostKey: Uint8Array): Uint8Array {
  return proof.encode({ name: HOST_KEYS_PROVE, sessionId, hostKey });
}

/** Keys or signatures in sequence, as in both requests and the reply. */
function encodeBlobs(blobs: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const blob of blobs) writer.string(blob);
  return writer.bytes.slice(0, writer.offset);
}

/** @returns undefined if there are too many, or one is too long. @throws ProtocolError if a length does not fit. */
function decodeBlobs(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const reader = new Reader(bytes);
  const blobs: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const blob = reader.string();
    if (blobs.length >= MAXIMUM_KEYS || blob.length > MAXIMUM_BLOB) return undefined;
    blobs.push(blob);
  }
  return blobs;
}

function includes(blobs: readonly Uint8Array[], blob: Uint8Array): boolean {
  return blobs.some((other) => equalBytes(other, blob));
}

function isCertificate(type: string): boolean {
  return type.endsWith('-cert-v01@openssh.com');
}

/** What a connection knows once its first keys are in use. */
export interface HostKeyContext {
  readonly sessionId: Uint8Array;
  /** The key that the server presented, and the algorithm that it signed with. */
  readonly hostKey: Uint8Array;
  readonly hostKeyAlgorithm: string;
}

/** The fields of the announcement. It leaves out certificates: those are vouched for by their authority. */
export const announcement = /* @__PURE__ */ onceFor(({ hostKeys }: { readonly hostKeys: readonly Signer[] }) => {
  const blobs = hostKeys.map((key) => key.publicKey);
  return encodeBlobs(blobs.filter((blob) => !isCertificate(keyTypeOf(blob) ?? '')).slice(0, MAXIMUM_KEYS));
});

/** Answers a client's requests for proofs, on one connection. */
export class HostKeyProver {
  readonly #hostKeys: readonly Signer[];
  #proofs = 0;

  constructor(hostKeys: readonly Signer[]) {
    this.#hostKeys = hostKeys;
  }

  /** Refuses requests for keys that are not ours, and requests beyond the limit. */
  async answer(request: IncomingGlobalRequest, context: HostKeyContext): Promise<void> {
    try {
      const signatures = await this.#prove(request.fields, context);
      request.answer(signatures !== undefined, signatures && encodeBlobs(signatures));
    } catch {
      request.answer(false);
    }
  }

  async #prove(fields: Uint8Array, context: HostKeyContext): Promise<readonly Uint8Array[] | undefined> {
    const blobs = decodeBlobs(fields) ?? [];
    const signers = blobs.flatMap((blob) => this.#hostKeys.find(({ publicKey }) => equalBytes(publicKey, blob)) ?? []);
    this.#proofs += 1;
    // Security: unless every key is ours, nothing is signed.
    const areOurs = signers.length > 0 && signers.length === blobs.length && signers.length <= this.#hostKeys.length;
    if (this.#proofs > MAXIMUM_PROOFS || !areOurs) return undefined;
    const signatures: Uint8Array[] = [];
    for (const signer of signers) {
      const algorithm = proofAlgorithm(signer, context.hostKeyAlgorithm);
      signatures.push(await signer.sign(algorithm, proofMessage(context.sessionId, signer.publicKey)));
    }
    return signatures;
  }
}

/** The negotiated algorithm if the key supports it, so that an RSA key signs with one the client can verify. */
function proofAlgorithm({ algorithms }: Signer, negotiated: string): string {
  return algorithms.includes(negotiated) ? negotiated : algorithms[0]!;
}

/** What a connection provides for learning keys. */
interface HostKeyLearnerContext {
  readonly crypto: CryptoProvider;
  readonly signatures: AlgorithmTables['signatures'];
  /** Host key signature algorithms that the client accepts. */
  readonly accepted: readonly string[];
  /** RSA keys with fewer bits are not learned: this client would refuse them. */
  readonly requiredRsaSize: number;
  /** Requests proofs; undefined means refused. */
  readonly ask: (fields: Uint8Array, answered: (response: Uint8Array | undefined) => undefined) => void;
  /** Runs application code: an error in it ends the connection. */
  readonly guard: (work: () => void) => void;
}

interface HostKeyLearnerOptions extends HostKeyLearnerContext {
  readonly updates: HostKeyUpdates;
}

/** Learning is passed in as a value, so that a client that does not learn need not carry it. */
export type LearnHostKeys = (context: HostKeyLearnerContext) => HostKeyLearner;

/** Learns the keys that a server announces and passes them to `updates`. */
export function learnHostKeys(updates: HostKeyUpdates): LearnHostKeys {
  return (context) => new HostKeyLearner({ ...context, updates });
}

/** Takes one announcement, requests proofs of the new keys, and tells the application. */
export class HostKeyLearner {
  readonly #options: HostKeyLearnerOptions;
  #hasHeard = false;

  constructor(options: HostKeyLearnerOptions) {
    this.#options = options;
  }

  /**
   * Handles the announcement. Security: call it only if the server's key was found in known_hosts and not vouched for
   * by a certificate. Keys are added once each has signed for this very connection; the key in use is never removed.
   */
  receive(fields: Uint8Array, context: HostKeyContext): undefined {
    if (this.#hasHeard || isCertificate(context.hostKeyAlgorithm)) return;
    this.#hasHeard = true;
    const blobs = decodeBlobs(fields);
    // As in OpenSSH, an empty list says nothing: a server that has only certificates announces none.
    if (blobs === undefined || blobs.length === 0) return;
    if (blobs.some((blob, index) => includes(blobs.slice(0, index), blob))) return;
    const announced = blobs.map((blob) => blob.slice());
    const { updates, ask } = this.#options;
    const known = updates.known(announced);
    if (known === undefined) return;
    const removed = known.filter((blob) => !includes(announced, blob) && !equalBytes(blob, context.hostKey));
    const added = announced.filter((blob) => !includes(known, blob) && this.#algorithms(blob, context).length > 0);
    if (added.length > 0) {
      ask(encodeBlobs(added), (response) => {
        // A proof that could not be checked proves nothing.
        const verified = this.#verify(added, response, context).catch(() => false);
        void verified.then((holds) => holds && this.#tell(added, removed));
      });
    } else if (removed.length > 0) {
      this.#tell([], removed);
    }
  }

  #tell(added: readonly Uint8Array[], removed: readonly Uint8Array[]): void {
    this.#options.guard(() => this.#options.updates.update({ added, removed }));
  }

  /** The algorithms that may prove a key to this client; none if it would refuse the key. For RSA the negotiated one, or else those with SHA-2. */
  #algorithms(blob: Uint8Array, { hostKeyAlgorithm }: HostKeyContext): readonly string[] {
    const { signatures, accepted, requiredRsaSize } = this.#options;
    const type = keyTypeOf(blob);
    if (type === undefined || isCertificate(type)) return [];
    const names = accepted.filter((name) => {
      const row = signatures[name];
      return (
        row?.keyType === type && row.isUsableKey(blob) && hostKeySizeFault(row, blob, requiredRsaSize) === undefined
      );
    });
    if (type !== SSH_RSA) return names;
    return names.includes(hostKeyAlgorithm) ? [hostKeyAlgorithm] : names.filter((name) => RSA_SHA2.includes(name));
  }

  /** Whether every key has a valid proof. */
  async #verify(
    keys: readonly Uint8Array[],
    response: Uint8Array | undefined,
    context: HostKeyContext,
  ): Promise<boolean> {
    const proofs = response && decodeOrNothing(response);
    if (proofs === undefined || proofs.length !== keys.length) return false;
    for (const [index, key] of keys.entries()) {
      if (!(await this.#holds(key, proofs[index]!, context))) return false;
    }
    return true;
  }

  async #holds(key: Uint8Array, signature: Uint8Array, context: HostKeyContext): Promise<boolean> {
    const { crypto, signatures } = this.#options;
    const message = proofMessage(context.sessionId, key);
    for (const name of this.#algorithms(key, context)) {
      if ((await signatures[name]?.verify(crypto, key, message, signature)) === true) return true;
    }
    return false;
  }
}

/** A malformed answer proves nothing. */
function decodeOrNothing(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    return decodeBlobs(bytes);
  } catch {
    return undefined;
  }
}

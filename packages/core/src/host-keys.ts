/** draft-miller-sshm-hostkey-update: a server announces all its host keys and proves that it has them; a client learns them. */
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

/** Global requests: all keys of a server, and a client's wish for proofs. */
export const HOST_KEYS = 'hostkeys-00@openssh.com';
export const HOST_KEYS_PROVE = 'hostkeys-prove-00@openssh.com';

/** Keys in one message that are looked at; servers have a handful. */
const MAXIMUM_KEYS = 32;
/** Bytes of one key or signature: RSA with 16384 bits has some 2 KiB. */
const MAXIMUM_BLOB = 8 * 1024;
/** Security: each proof costs signatures, so a client gets as many as it can use, and some more. */
const MAXIMUM_PROOFS = 4;

const SSH_RSA = 'ssh-rsa';
const RSA_SHA2 = ['rsa-sha2-512', 'rsa-sha2-256'];

const proof = /* @__PURE__ */ record({ name: text, sessionId: string, hostKey: string });

/** What is signed to prove a key. */
function proofMessage(sessionId: Uint8Array, hostKey: Uint8Array): Uint8Array {
  return proof.encode({ name: HOST_KEYS_PROVE, sessionId, hostKey });
}

/** Keys or signatures one after another, as both requests and the answer have them. */
function encodeBlobs(blobs: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const blob of blobs) writer.string(blob);
  return writer.bytes.slice(0, writer.offset);
}

/** @returns undefined where there are too many, or one is too long. @throws ProtocolError where a length does not fit. */
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
  /** The key that the server showed, and the algorithm that it signed with. */
  readonly hostKey: Uint8Array;
  readonly hostKeyAlgorithm: string;
}

/** The fields of the announcement. Certificates are for their authority to speak for. */
export const announcement = /* @__PURE__ */ onceFor(({ hostKeys }: { readonly hostKeys: readonly Signer[] }) => {
  const blobs = hostKeys.map((key) => key.publicKey);
  return encodeBlobs(blobs.filter((blob) => !isCertificate(keyTypeOf(blob) ?? '')).slice(0, MAXIMUM_KEYS));
});

/** Answers a client's wishes for proofs, on one connection. */
export class HostKeyProver {
  readonly #hostKeys: readonly Signer[];
  #proofs = 0;

  constructor(hostKeys: readonly Signer[]) {
    this.#hostKeys = hostKeys;
  }

  /** A wish for anything but keys of ours is refused, as is one too many. */
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
    // Security: all of them are ours, or nothing is signed.
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

/** The negotiated algorithm where the key has it, so that an RSA key signs as the client can verify. */
function proofAlgorithm({ algorithms }: Signer, negotiated: string): string {
  return algorithms.includes(negotiated) ? negotiated : algorithms[0]!;
}

/** What a connection gives to learn keys. */
interface HostKeyLearnerContext {
  readonly crypto: CryptoProvider;
  readonly signatures: AlgorithmTables['signatures'];
  /** Signature algorithms that the client takes of host keys. */
  readonly accepted: readonly string[];
  /** Keys of RSA with fewer bits are not learned: this client would not take them. */
  readonly requiredRsaSize: number;
  /** Asks for proofs; undefined is a refusal. */
  readonly ask: (fields: Uint8Array, answered: (response: Uint8Array | undefined) => undefined) => void;
  /** Runs what the application gave: a fault of it ends the connection. */
  readonly guard: (work: () => void) => void;
}

interface HostKeyLearnerOptions extends HostKeyLearnerContext {
  readonly updates: HostKeyUpdates;
}

/** Learning as a value: a client that does not learn need not carry it. */
export type LearnHostKeys = (context: HostKeyLearnerContext) => HostKeyLearner;

/** Learns the keys that a server announces, into `updates`. */
export function learnHostKeys(updates: HostKeyUpdates): LearnHostKeys {
  return (context) => new HostKeyLearner({ ...context, updates });
}

/** Takes one announcement, asks for proofs of what is new, and tells the application. */
export class HostKeyLearner {
  readonly #options: HostKeyLearnerOptions;
  #hasHeard = false;

  constructor(options: HostKeyLearnerOptions) {
    this.#options = options;
  }

  /**
   * The announcement has come. Security: call it only where known_hosts knew the key that the server showed, and no
   * certificate spoke for it. Keys are added when each has signed for this very connection; the one in use is never removed.
   */
  receive(fields: Uint8Array, context: HostKeyContext): undefined {
    if (this.#hasHeard || isCertificate(context.hostKeyAlgorithm)) return;
    this.#hasHeard = true;
    const blobs = decodeBlobs(fields);
    if (blobs === undefined || blobs.some((blob, index) => includes(blobs.slice(0, index), blob))) return;
    const announced = blobs.map((blob) => blob.slice());
    const { updates, ask } = this.#options;
    const known = updates.known(announced);
    if (known === undefined) return;
    const removed = known.filter((blob) => !includes(announced, blob) && !equalBytes(blob, context.hostKey));
    const added = announced.filter((blob) => !includes(known, blob) && this.#algorithms(blob, context).length > 0);
    if (added.length > 0) {
      ask(encodeBlobs(added), (response) => {
        void this.#verify(added, response, context).then((holds) => holds && this.#tell(added, removed));
      });
    } else if (removed.length > 0) {
      this.#tell([], removed);
    }
  }

  #tell(added: readonly Uint8Array[], removed: readonly Uint8Array[]): void {
    this.#options.guard(() => this.#options.updates.update({ added, removed }));
  }

  /** The algorithms that may prove a key to this client, none where it would refuse the key: for RSA the one that was negotiated, or else those with SHA-2. */
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

  /** Whether there is a proof of every key. */
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

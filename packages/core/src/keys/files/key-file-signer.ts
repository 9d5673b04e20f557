/** A key file as a credential: asks for the passphrase only when it has to sign. */
import type { Signer } from '../../algorithms/algorithm.js';
import { portableCrypto } from '../../crypto/portable.js';
import { equalBytes } from '../../crypto/provider.js';
import { KeyFileError } from '../../errors.js';
import { algorithmsOf, isKeyTypeName } from '../key-types.js';
import { isOpenSshKeyFile, parseEnvelope } from '../openssh-key-file.js';
import type { PrivateKey } from '../private-key.js';
import { keyTypeOf } from '../public-key.js';
import { malformed } from './key-parts.js';
import { parsePrivateKeyFile, type ParsePrivateKeyFileOptions } from './parse.js';
import { isPuttyText, parsePuttyText } from './putty-text.js';

/** As ssh(1), NumberOfPasswordPrompts. */
const MAXIMUM_ATTEMPTS = 3;

export interface KeyFileSignerOptions extends ParsePrivateKeyFileOptions {
  /** The blob of the public key, from the `.pub` file: an encrypted PEM file does not contain it. */
  readonly publicKey?: Uint8Array;
}

/** The public key of an encrypted file, which is stored in clear; undefined if there is none, or the file is not encrypted. */
function lockedPublicKey(file: string): Uint8Array | undefined {
  if (isOpenSshKeyFile(file)) {
    const { cipher, publicKey } = parseEnvelope(file);
    return cipher === 'none' ? undefined : publicKey;
  }
  if (!isPuttyText(file)) return undefined;
  const { encryption, publicKey } = parsePuttyText(file);
  return encryption === 'none' ? undefined : publicKey;
}

/** Asks again after a wrong answer. */
async function open(file: string, options: ParsePrivateKeyFileOptions): Promise<PrivateKey> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await parsePrivateKeyFile(file, options);
    } catch (error) {
      const isWrong = error instanceof KeyFileError && error.problem === 'wrong-passphrase';
      if (!isWrong || typeof options.passphrase !== 'function' || attempt === MAXIMUM_ATTEMPTS) throw error;
    }
  }
}

/**
 * A signer for the key in a file. If the file is encrypted and its public half is known, the passphrase function is
 * called once a server has said that it would accept the key, and up to three times if the answers are wrong; otherwise
 * at once.
 * @throws KeyFileError, also from `sign`, as `parsePrivateKeyFile` does.
 */
export async function keyFileSigner(
  file: string,
  { publicKey: given, crypto = portableCrypto, ...options }: KeyFileSignerOptions,
): Promise<Signer> {
  const publicKey = lockedPublicKey(file) ?? given;
  const type = publicKey && keyTypeOf(publicKey);
  if (publicKey === undefined || type === undefined || !isKeyTypeName(type)) return open(file, { crypto, ...options });
  let opened: Promise<PrivateKey> | undefined;
  return {
    publicKey,
    algorithms: algorithmsOf(type),
    asksToSign: true,
    sign: async (algorithm, message) => {
      opened ??= open(file, { crypto, ...options });
      const key = await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      if (!equalBytes(key.publicKey, publicKey)) throw malformed('the public key is another');
      return key.sign(algorithm, message);
    },
  };
}

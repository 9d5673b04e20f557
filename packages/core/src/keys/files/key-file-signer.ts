/** A key file as a credential: its passphrase is asked for when it is to sign, and not before. */
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
  /** The blob of the public key, out of the `.pub` file: an encrypted file in PEM form does not tell it. */
  readonly publicKey?: Uint8Array;
}

/** The public key of an encrypted file, which stands there in clear; undefined where there is none, or nothing is encrypted. */
function lockedPublicKey(file: string): Uint8Array | undefined {
  if (isOpenSshKeyFile(file)) {
    const { cipher, publicKey } = parseEnvelope(file);
    return cipher === 'none' ? undefined : publicKey;
  }
  if (!isPuttyText(file)) return undefined;
  const { encryption, publicKey } = parsePuttyText(file);
  return encryption === 'none' ? undefined : publicKey;
}

/** Asks again where an answer was wrong. */
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
 * What signs by the key in a file. Where that is encrypted and its public half is known, the passphrase's function is called
 * once a server has said that it would take the key, and up to three times where the answers are wrong; else at once.
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

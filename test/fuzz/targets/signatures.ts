/** RFC 4253 §6.6: public key blobs and signatures of every algorithm. */
import { signatures } from '../../../packages/core/src/algorithms/table.js';
import { encodeBase64url } from '../../../packages/core/src/crypto/base64.js';
import { noble } from '../../../packages/core/src/crypto/noble.js';
import { concatenate, string, uint32 } from '../bytes.js';
import { bytesShape } from '../shapes.js';
import { readSpans } from '../spans.js';
import { stubCrypto } from '../stub-crypto.js';
import { Finding, undocumented, type Target } from '../target.js';
import { makeKeys, mutateStrings, THREE_STRINGS } from './keys.js';

/** OpenSSH's PROTOCOL.u2f: what no key in memory makes. No such signature verifies, but all of it is well-formed. */
function securityKeyPair(name: string, message: Uint8Array): { blob: Uint8Array; signature: Uint8Array } {
  const application = string('ssh:');
  const counted = concatenate(Uint8Array.of(1), uint32(5));
  if (name.startsWith('sk-ssh-ed25519')) {
    const blob = concatenate(string(name), string(new Uint8Array(32).fill(3)), application);
    return { blob, signature: concatenate(string(name), string(new Uint8Array(64)), counted) };
  }
  const point = new Uint8Array(65).fill(4);
  const type = string('sk-ecdsa-sha2-nistp256@openssh.com');
  const blob = concatenate(type, string('nistp256'), string(point), application);
  const integers = concatenate(string(Uint8Array.of(1)), string(Uint8Array.of(2)));
  const signature = concatenate(string(name), string(integers), counted);
  if (!name.startsWith('webauthn-')) return { blob, signature };
  const origin = 'https://example.org';
  const data = { type: 'webauthn.get', challenge: encodeBase64url(message), origin };
  return { blob, signature: concatenate(signature, string(origin), string(JSON.stringify(data)), string('')) };
}

const rows = Object.entries(signatures);
const lenient = stubCrypto(true);

/** `row ‖ string key ‖ string message ‖ string signature`; the first byte's top bit asks for real cryptography. */
export const signatureTarget: Target = {
  name: 'signatures',
  shape: { ...bytesShape, mutate: mutateStrings(1) },
  seeds: async () => {
    const message = Uint8Array.of(1, 2, 3);
    const keys = await makeKeys();
    const seeds = rows.map(async ([name], index) => {
      const key = keys.find(({ algorithms }) => algorithms.includes(name));
      const pair = key && { blob: key.publicKey, signature: await key.sign(name, message) };
      const { blob, signature } = pair ?? securityKeyPair(name, message);
      return [index, index | 0x80].map((first) =>
        concatenate(Uint8Array.of(first), string(blob), string(message), string(signature)),
      );
    });
    return (await Promise.all(seeds)).flat();
  },
  run: async (input) => {
    const { spans, isWhole } = readSpans(THREE_STRINGS, input, 1);
    const first = input[0] ?? 0;
    const [name, row] = rows[(first & 0x7f) % rows.length]!;
    if (!isWhole) return;
    const [key, message, signature] = spans.map(({ start, end }) => input.slice(start + 4, end));
    const provider = first >= 0x80 ? noble : lenient;
    try {
      const holds: unknown = await row.verify(provider, key!, message!, signature!);
      if (typeof holds !== 'boolean') throw new Finding('no verdict', `${name} said ${String(holds)}`);
    } catch (error) {
      throw error instanceof Finding ? error : undocumented(name, error);
    }
  },
};

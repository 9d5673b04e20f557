/** `sha256`: the digest of stdin (FIPS 180-4), in constant memory. WebCrypto would need all of it at once. */
import { sha256 as hash } from '@noble/hashes/sha2.js';
import { writeText, type OwnCommand } from './command.js';

export const sha256: OwnCommand = {
  operands: '',
  summary: 'print the SHA-256 of stdin',
  readsInput: true,
  async run(_operands, streams) {
    const digest = hash.create();
    for (let chunk = await streams.read(); chunk !== undefined; chunk = await streams.read()) {
      digest.update(chunk);
      streams.release(chunk);
    }
    const hex = Array.from(digest.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
    await writeText(streams, `${hex}\n`);
    return 0;
  },
};

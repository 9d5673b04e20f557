/** What `key-files.test.ts` runs on every runtime: keys made, encrypted and decrypted, and files signed, with nothing but core. */
import {
  formatOpenSshKeyFile,
  formatPkcs8KeyFile,
  formatPuttyKeyFile,
  generateKey,
  parsePrivateKeyFile,
  signMessage,
  verifyMessage,
} from '@nacre/core/keys';

const passphrase = 'correct horse';
const message = new TextEncoder().encode('what is signed');
const TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'] as const;

/** @throws Error if a key is not what it was. */
export async function exerciseKeyFiles(): Promise<string> {
  for (const type of TYPES) {
    const key = await generateKey(type, { bits: 2048 });
    const files = [await formatPkcs8KeyFile(key)];
    if (type === 'ssh-ed25519') {
      files.push(await formatOpenSshKeyFile(key, { passphrase, rounds: 2 }));
      files.push(
        await formatPkcs8KeyFile(key, { passphrase }),
        await formatPuttyKeyFile(key, { passphrase, passes: 2 }),
      );
    }
    for (const file of files) {
      const again = await parsePrivateKeyFile(file, { passphrase });
      const signature = await signMessage(again, message, { namespace: 'file' });
      if (again.publicKey.toString() !== key.publicKey.toString()) throw new Error(`another ${type} key`);
      if (!(await verifyMessage(signature, message, { namespace: 'file' }))) throw new Error(`${type} does not sign`);
    }
  }
  return `${TYPES.length} types of keys`;
}

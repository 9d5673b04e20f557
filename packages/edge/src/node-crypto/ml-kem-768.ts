/** ML-KEM-768 (FIPS 203) by noble, loaded by the first exchange that uses it: its tables would slow down every start. */
import type { KeyEncapsulation } from '@nacre/core/crypto';

const load = async (): Promise<KeyEncapsulation> => (await import('@nacre/core/noble/ml-kem-768')).mlkem768;

export const mlkem768: KeyEncapsulation = {
  generate: async () => (await load()).generate(),
  encapsulate: async (publicKey) => (await load()).encapsulate(publicKey),
  decapsulate: async (secretKey, ciphertext) => (await load()).decapsulate(secretKey, ciphertext),
};

/** The keys of a run: one host key for every server, one user key for every login, and the user that logs in. */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { formatPrivateKey, formatPublicKey, generateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/** Writes `host_key` and `user_key` with their `.pub` into `folder`. */
export async function makeIdentities(folder) {
  const hostKey = await makeKey(join(folder, 'host_key'));
  const userKey = await makeKey(join(folder, 'user_key'));
  return {
    folder,
    hostKey: hostKey.private,
    userKey: userKey.private,
    authorizedKey: userKey.public,
    // sshd logs in real users only; the other servers take any name.
    user: userInfo().username,
  };
}

async function makeKey(path) {
  const key = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const text = { private: formatPrivateKey(key), public: formatPublicKey(key.public) };
  writeFileSync(path, text.private, { mode: 0o600 });
  writeFileSync(`${path}.pub`, `${text.public}\n`);
  return text;
}

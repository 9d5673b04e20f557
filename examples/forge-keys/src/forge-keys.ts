/** Keys from a forge: who logs in as NAME holds one of the keys that NAME has there, at `https://forge/NAME.keys`. */
import { reject, type Hooks } from '@nacre/core';

/** Security: the name becomes part of an address, so it may hold nothing that means something there. */
const NAME = /^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i;
/** In ms: a forge that is slow lets nobody in, and holds nobody up for long. */
const PATIENCE = 5000;
/** In UTF-16 units: more than anybody's keys. */
const MAXIMUM_LENGTH = 65_536;

/**
 * For `createServer({ hooks: { authorizedKeys: forgeKeys('https://codeberg.org') } })`. A client may hold up several keys: the
 * forge is asked once a connection.
 */
export function forgeKeys(forge: string | URL): NonNullable<Hooks['authorizedKeys']> {
  return async ({ user, connection, signal }) => {
    if (!NAME.test(user)) return reject('no forge has such a name');
    connection.state ??= await fetchKeys(new URL(`${user}.keys`, forge), signal);
    return String(connection.state);
  };
}

/** The text, as it is in an authorized_keys file. @throws where the forge gives none: a hook that throws has refused. */
async function fetchKeys(address: URL, signal: AbortSignal): Promise<string> {
  const response = await fetch(address, {
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  });
  if (!response.ok) throw new Error(`the forge answers ${response.status}`);
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > MAXIMUM_LENGTH) throw new Error('the forge sends too much');
  }
  return text;
}

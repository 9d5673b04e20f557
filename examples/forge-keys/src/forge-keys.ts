/** Keys from a forge: users log in as NAME with one of the keys that NAME has there, at `https://forge/NAME.keys`. */
import { reject, type Hooks } from '@nacre/core';

/** Security: the name becomes part of a URL, so it must not contain special characters. */
const NAME = /^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i;
/** In ms: a slow forge lets nobody in, and keeps nobody waiting for long. */
const PATIENCE = 5000;
/** In UTF-16 units: more than anybody's keys. */
const MAXIMUM_LENGTH = 65_536;

/**
 * For `createServer({ hooks: { authorizedKeys: forgeKeys('https://codeberg.org') } })`. A client may offer several keys; the
 * forge is asked once per connection.
 */
export function forgeKeys(forge: string | URL): NonNullable<Hooks['authorizedKeys']> {
  return async ({ user, connection, signal }) => {
    if (!NAME.test(user)) return reject('no forge has such a name');
    connection.state ??= await fetchKeys(new URL(`${user}.keys`, forge), signal);
    return String(connection.state);
  };
}

/** The keys, in the format of an authorized_keys file. @throws if the forge has none: a hook that throws refuses. */
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

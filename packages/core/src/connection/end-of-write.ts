/** OpenSSH's PROTOCOL §2.1: who reads no more says so, and the other side need not send; the channel stays open. */

export const END_OF_WRITE = 'eow@openssh.com';

/** Interop: some that do not know the request break off for it, so it goes only to those that are known to take it, as OpenSSH does. */
export function takesEndOfWrite(identification: string | undefined): boolean {
  return /^SSH-2\.0-(?:OpenSSH|Nacre)_/.test(identification ?? '');
}

/** OpenSSH's PROTOCOL §2.1: a side that reads no more says so, and the other need not send; the channel stays open. */

export const END_OF_WRITE = 'eow@openssh.com';

/** Interop: some peers disconnect on an unknown request, so it goes only to those known to accept it, as in OpenSSH. */
export function takesEndOfWrite(identification: string | undefined): boolean {
  return /^SSH-2\.0-(?:OpenSSH|Nacre)_/.test(identification ?? '');
}

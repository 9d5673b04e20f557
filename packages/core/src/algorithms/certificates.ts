/** OpenSSH's PROTOCOL.certkeys: the rows of certificates. They come by an import of their own, as few servers trust authorities. */
import { certificateRows } from './certificate.js';
import { signatures } from './table.js';

/** Certificates for keys of every type in `table.ts`, in the same order. */
export const certificateSignatures = certificateRows(signatures);

/** OpenSSH's PROTOCOL.certkeys: the certificate rows, imported separately because few servers trust authorities. */
import { certificateRows } from './certificate.js';
import { signatures } from './table.js';

/** Certificates for keys of every type in `table.ts`, in the same order. */
export const certificateSignatures = certificateRows(signatures);

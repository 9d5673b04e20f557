/** `serve` itself reports what is wrong with its certificate, not only the clients that refuse it. */
import { expect, test } from 'vitest';
import { makeCertificate } from '../testing/certificates.js';
import { readServerTls, warnOfDates } from './server-tls.js';

const OPENSSL = /next: openssl x509 -noout -subject -dates -in \S+$/;

test.each([
  ['past', 'has expired (Jan  2 00:00:00 2020 GMT)'],
  ['future', 'is not valid yet (from Jan  1 00:00:00 2098 GMT on)'],
] as const)('a certificate for the %s: one warning, and the command that shows it', async (valid, fault) => {
  const { certFile, keyFile } = await makeCertificate({ valid });
  const flags = { cert: certFile, key: keyFile };
  const tls = await readServerTls(flags);
  const records: string[][] = [];
  if (tls) warnOfDates(tls, flags, (level, event, message) => records.push([level, event, message]));
  expect(records).toEqual([['warn', 'certificate-dates', expect.stringMatching(OPENSSL)]]);
  expect(records[0]?.[2]).toContain(`the certificate of --cert ${fault}, so clients refuse it`);
});

test('a certificate for now: nothing', async () => {
  const { certFile: cert, keyFile: key } = await makeCertificate();
  const tls = await readServerTls({ cert, key });
  if (tls) warnOfDates(tls, { cert, key }, () => expect.unreachable());
});

test.each(['ec', 'rsa'] as const)('the key of another certificate, which is %s: exit code 64', async (kind) => {
  const [{ certFile: cert }, { keyFile: key }] = [await makeCertificate(), await makeCertificate({ kind })];
  await expect(readServerTls({ cert, key })).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(OPENSSL),
  });
});

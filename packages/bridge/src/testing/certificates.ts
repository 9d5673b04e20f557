/** Test support: self-signed certificates for localhost, made by openssl, valid now, in the past or in the future. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** In the format of `openssl ca`; `openssl req` cannot make an expired certificate. */
const VALIDITY = {
  now: ['20200101000000Z', '20990101000000Z'],
  past: ['20200101000000Z', '20200102000000Z'],
  future: ['20980101000000Z', '20990101000000Z'],
} as const;

export interface CertificateOptions {
  readonly valid?: keyof typeof VALIDITY;
  readonly kind?: 'ec' | 'rsa';
}

export async function makeCertificate({
  valid = 'now',
  kind = 'ec',
}: CertificateOptions = {}): Promise<TestCertificate> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-certificate-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = (name: string): string => join(directory, name);
  await writeFile(
    file('ca.cnf'),
    [
      '[ca]\ndefault_ca = it',
      `[it]\ndatabase = ${file('index')}\nserial = ${file('serial')}\nnew_certs_dir = ${directory}`,
      'default_md = sha256\npolicy = any\nunique_subject = no\nx509_extensions = names',
      '[any]\ncommonName = supplied',
      '[names]\nsubjectAltName = DNS:localhost,IP:127.0.0.1\nbasicConstraints = CA:TRUE\n',
    ].join('\n'),
  );
  await writeFile(file('index'), '');
  await writeFile(file('serial'), '01');
  const openssl = (...words: readonly string[]): Promise<unknown> => run('openssl', words);
  const option = kind === 'ec' ? 'ec_paramgen_curve:P-256' : 'rsa_keygen_bits:2048';
  const fresh = ['-newkey', kind, '-pkeyopt', option, '-nodes'];
  await openssl('req', '-new', ...fresh, '-keyout', file('key'), '-out', file('csr'), '-subj', '/CN=localhost');
  const [start, end] = VALIDITY[valid];
  const dates = ['-startdate', start, '-enddate', end];
  const files = ['-config', file('ca.cnf'), '-keyfile', file('key'), '-in', file('csr'), '-out', file('cert')];
  await openssl('ca', '-batch', '-selfsign', '-notext', ...dates, ...files);
  const [cert, key] = await Promise.all([readFile(file('cert'), 'utf8'), readFile(file('key'), 'utf8')]);
  return { cert, key, certFile: file('cert'), keyFile: file('key') };
}

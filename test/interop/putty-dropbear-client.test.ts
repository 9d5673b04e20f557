/** PuTTY's plink and dropbear's dbclient against our server: ways to log in, sessions, rekeys. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countedExchange } from './counted-exchange.js';
import { dbclient, plink, type Login, type StockClient } from './clients.js';
import { startOurServer, type OurServer } from './our-server.js';
import { isMissing, type Cleanup } from './processes.js';

const MIB = 2 ** 20;

interface Program {
  readonly name: string;
  readonly needs: readonly string[];
  readonly connect: (cleanup: Cleanup, server: OurServer, login?: Login) => Promise<StockClient>;
  /** Its status after a wrong password, and after exit-signal. */
  readonly refused: number;
  readonly killed: number;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'plink',
    needs: ['plink', 'puttygen'],
    connect: plink,
    refused: 1,
    killed: 128,
  },
  {
    name: 'dbclient',
    needs: ['dbclient', 'dropbearconvert'],
    connect: dbclient,
    // Interop: dbclient 2022.83 reports success when the server leaves, as ours does after six wrong passwords.
    refused: 0,
    // Interop: dbclient 2022.83 ignores exit-signal.
    killed: 0,
  },
];

describe.each(PROGRAMS)('$name', ({ needs, connect, refused, killed }) => {
  const it = test.skipIf(isMissing(...needs));

  it.each([
    ['the right password', 'demo', 0, 'in\n'],
    ['a wrong password', 'wrong', refused, ''],
  ])('%s', async (_, password, status, output) => {
    const server = await startOurServer(onTestFinished);
    const client = await connect(onTestFinished, server, { user: 'demo', password });
    const { code, stdout } = await (await client.run(['echo in'], { input: '' })).finished;
    expect([code, stdout.toString()]).toEqual([status, output]);
  });

  it('a command: both outputs and its status', async () => {
    const client = await connect(onTestFinished, await startOurServer(onTestFinished));
    const { code, stdout, stderr } = await (await client.run(['both 5'])).finished;
    expect([code, stdout.toString()]).toEqual([5, 'to stdout\n']);
    expect(stderr).toContain('to stderr\n');
  });

  it('the end of input reaches the command, which answers behind it', async () => {
    const client = await connect(onTestFinished, await startOurServer(onTestFinished));
    const input = randomBytes(3 * MIB);
    const { code, stdout } = await (await client.run(['sink'], { input })).finished;
    const digest = createHash('sha256').update(input).digest('hex');
    expect([code, stdout.toString()]).toEqual([0, `${input.length} ${digest}\n`]);
  });

  it('exit-signal', async () => {
    const client = await connect(onTestFinished, await startOurServer(onTestFinished));
    expect((await (await client.run(['die'])).finished).code).toBe(killed);
  });

  it('rekeys that the server starts while data flows both ways', async () => {
    const { algorithms: counted, count } = countedExchange();
    const server = await startOurServer(onTestFinished, { rekey: { bytes: MIB }, algorithms: counted });
    const client = await connect(onTestFinished, server);
    const input = randomBytes(8 * MIB);
    const { code, stdout } = await (await client.run(['cat'], { input })).finished;
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
    expect(count()).toBeGreaterThan(4);
  });
});

const withPlink = test.skipIf(isMissing('plink'));

withPlink('plink: rekeys that the client starts', async () => {
  const server = await startOurServer(onTestFinished);
  const client = await plink(onTestFinished, server, undefined, ['RekeyBytes=1M', 'LogType=0']);
  const input = randomBytes(8 * MIB);
  const { code, stdout, stderr } = await (await client.run(['-v', 'cat'], { input })).finished;
  expect(code).toBe(0);
  expect(stdout.equals(input)).toBe(true);
  expect(stderr.match(/Initiating key re-exchange/g)?.length).toBeGreaterThan(3);
});

withPlink('plink: a subsystem', async () => {
  const client = await plink(onTestFinished, await startOurServer(onTestFinished));
  const { code, stdout } = await (await client.run(['-s', 'copy'], { input: 'through' })).finished;
  expect([code, stdout.toString()]).toEqual([0, 'through']);
});

/** ssh-audit, which knows what is weak, examines the sets of algorithms that our server offers. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AlgorithmSet } from '@nacre/core';
import { startOurServer } from './our-server.js';
import { isMissing, start } from './processes.js';

interface Verdicts {
  readonly fail: readonly string[];
  readonly warn: readonly string[];
  /** Names of all algorithms that it examined. */
  readonly names: readonly string[];
}

/** What it says about names newer than itself; the experimental one is sntrup761x25519-sha512, which is RFC 9941 now. */
const TOO_NEW = ['unknown algorithm', 'using experimental algorithm'];

/** Its report has a line per algorithm, `(kex) name -- [level] reason`, and another for each further reason. */
function readReport(report: string): Verdicts {
  const verdicts = { fail: [] as string[], warn: [] as string[], names: [] as string[] };
  for (const line of report.split('\n')) {
    const [, name] = /^\((?:kex|key|enc|mac)\) (\S+)/.exec(line) ?? [];
    if (name !== undefined) verdicts.names.push(name);
    const [, level, reason] = /(?:--|`-) \[(fail|warn)\] (.*)$/.exec(line) ?? [];
    if (level === undefined || reason === undefined || TOO_NEW.includes(reason)) continue;
    verdicts[level as 'fail' | 'warn'].push(`${verdicts.names.at(-1)}: ${reason}`);
  }
  return verdicts;
}

async function audit(algorithms: AlgorithmSet): Promise<Verdicts> {
  const { port } = await startOurServer(onTestFinished, { algorithms });
  const words = ['--no-colors', '--timeout', '60', '--port', String(port), '127.0.0.1'];
  const { stdout } = await start(onTestFinished, 'ssh-audit', words).finished;
  return readReport(stdout.toString());
}

describe.skipIf(isMissing('ssh-audit'))('ssh-audit', () => {
  test('finds no failure in what a server offers by default', async () => {
    const { fail, names } = await audit('default');
    expect(names).toContain('curve25519-sha256');
    expect(fail).toEqual([]);
  });

  test('finds neither a failure nor a warning in the set green', async () => {
    const { fail, warn, names } = await audit('green');
    expect(names).toContain('hmac-sha2-256-etm@openssh.com');
    expect({ fail, warn }).toEqual({ fail: [], warn: [] });
  });

  test('fails the set compatible, which shows that it looks', async () => {
    expect((await audit('compatible')).fail).toContainEqual(expect.stringContaining('ecdh-sha2-nistp256'));
  });
});

/** How long hostile keys and exchange values hold up a server on Node while it serves somebody else. */
import { generateKey, formatPrivateKey } from '@nacre/core';
import { startProgram } from './child-process.mjs';
import { percentile } from './statistics.mjs';
import { plainTable } from './table.mjs';

const PROVIDERS = ['node:crypto', 'portable', 'noble'];
const KINDS = {
  handshakes: 'logins by every exchange',
  exchanges: 'hostile exchange values',
  keys: 'hostile keys',
};
/** No synchronous step should take longer than this at p99.9, in ms. */
const TARGET = 25;

/** @returns a table: delays of the event loop, synchronous steps, and what the echo took, in ms */
export async function measureHostile({ milliseconds, progress }) {
  const hostKeys = await Promise.all(
    ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'].map((type) => generateKey(type)),
  );
  const rows = [];
  for (const provider of PROVIDERS) {
    for (const [kind, label] of Object.entries(KINDS)) {
      progress(`${label}, ${provider}`);
      const found = await measure({
        provider,
        kind,
        milliseconds,
        hostKeys: hostKeys.map((key) => formatPrivateKey(key)),
      });
      rows.push({ label: `${label}, ${provider}`, ...found });
    }
  }
  const header = [
    '',
    'loop p50',
    'p99',
    'p99.9',
    'max',
    'step p50',
    'p99',
    'p99.9',
    'max',
    `over ${TARGET}`,
    'echo p50',
    'p99',
  ];
  const lines = rows.map(({ label, delay, steps, echo }) => [
    label,
    ...[delay.p50, delay.p99, delay.p999, delay.max, steps.p50, steps.p99, steps.p999, steps.max].map(shown),
    `${steps.long} of ${steps.count}`,
    shown(percentile(echo, 50)),
    shown(percentile(echo, 99)),
  ]);
  const late = rows.filter(({ steps }) => steps.p999 > TARGET).map(({ label }) => label);
  const verdict =
    late.length === 0 ? `No step over ${TARGET} ms at p99.9.` : `Over ${TARGET} ms at p99.9: ${late.join('; ')}.`;
  return `${plainTable('Hostile keys: event loop delay, synchronous steps and echo, ms', header, lines)}\n${verdict}\n`;
}

const shown = (milliseconds) => milliseconds.toFixed(1);

async function measure({ provider, kind, milliseconds, hostKeys }) {
  const programs = ['servers/hostile.mjs', 'clients/hostile.mjs', 'clients/hostile.mjs'].map((path) =>
    startProgram(path),
  );
  const [server, hostile, legal] = programs;
  const { port } = await server.ask({ type: 'start', provider, hostKeys });
  // Once without measuring: what is compiled and loaded at first is not a peer's doing.
  await hostile.ask({ kind, port, milliseconds: 0 });
  await server.ask({ type: 'begin' });
  const [echo] = await Promise.all([
    legal.ask({ kind: 'echo', port, milliseconds }),
    hostile.ask({ kind, port, milliseconds }),
  ]);
  const { delay, steps } = await server.ask({ type: 'end' });
  await Promise.all(programs.map((program) => program.stop()));
  return { delay, steps, echo: echo.result };
}

import { describe, expect, test } from 'vitest';
import { pair } from '../../testing/index.js';
import { accept } from '../verdict.js';
import type { LogRecord } from './log.js';
import { createLogger } from './logger.js';
import { formatMetrics } from './metrics.js';
import { journalLog, jsonLog, upTo } from './sinks.js';
import { trace, type TraceLevel } from './trace.js';

const record = (priority: number, fields: LogRecord['fields'] = {}): LogRecord => ({
  priority,
  category: 'server',
  message: 'a "message"\u001b[31m',
  fields,
});

describe('the logger', () => {
  test('the hook sees every record; what it accepts goes nowhere else', () => {
    const [hooked, sunk]: [number[], number[]] = [[], []];
    const log = createLogger(
      ({ priority }) => {
        hooked.push(priority);
        return priority === 7 ? accept : undefined;
      },
      [({ priority }) => void sunk.push(priority)],
    );
    for (const priority of [5, 7, 3]) log?.(record(priority));
    expect([hooked, sunk]).toEqual([
      [5, 7, 3],
      [5, 3],
    ]);
  });

  test('what throws harms nobody, and what logs while logging is not called again', () => {
    const seen: string[] = [];
    const log = createLogger(() => {
      throw new Error('hook');
    }, [
      () => {
        log?.(record(1));
        throw new Error('sink');
      },
      () => void seen.push('next'),
    ]);
    log?.(record(5));
    log?.(record(5));
    expect(seen).toEqual(['next', 'next']);
  });
});

describe('sinks', () => {
  test('up to a priority', () => {
    const seen: number[] = [];
    const sink = upTo(4, ({ priority }) => void seen.push(priority));
    for (const priority of [3, 4, 5]) sink(record(priority));
    expect(seen).toEqual([3, 4]);
  });

  test('JSON lines: one object, nothing of a terminal in it', () => {
    const lines: string[] = [];
    const sink = jsonLog((line) => lines.push(line), { date: () => 0 });
    sink(record(6, { user: 'anna\n\u001b]0;x', count: 3, none: undefined }));
    sink(record(7));
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","priority":6,"category":"server","message":"a \\"message\\"\\u001b[31m","user":"anna  ]0;x","count":3}\n',
    ]);
  });

  test('the journal: the priority in front, values quoted, no control characters', () => {
    const lines: string[] = [];
    journalLog((line) => lines.push(line))(record(4, { user: 'a" b\n<0>x', ok: true }));
    expect(lines).toEqual(['<4>server: a "message" [31m user="a\\" b <0>x" ok=true\n']);
  });

  test('a server writes to its sinks', async () => {
    const lines: string[] = [];
    const { client } = await pair({
      server: { hooks: { none: () => accept }, logger: [jsonLog((line) => lines.push(line))] },
    });
    client.close();
    expect(lines.some((line) => line.includes('"message":"logged in"'))).toBe(true);
  });
});

describe('traces', () => {
  const traced = async (level: TraceLevel): Promise<LogRecord[]> => {
    const log: LogRecord[] = [];
    const { client } = await pair({
      server: {
        hooks: {
          password: () => accept,
          message: trace(level),
          log: (line) => void log.push(line),
        },
        session: async (session) => void (await session.read()),
      },
      client: { credentials: [{ method: 'password', password: 'canary-password' }] },
    });
    await client.exec('canary-command', { stdin: 'canary-input' });
    client.close();
    expect(JSON.stringify(log)).not.toContain('canary');
    return log.filter(({ category }) => category === 'trace');
  };

  test('exchanges: their beginning and end', async () => {
    const log = await traced('exchanges');
    expect(log.map(({ message }) => message)).toEqual(['key exchange began', 'key exchange ended']);
    expect(log.every(({ priority }) => priority === 7)).toBe(true);
  });

  test('requests: what kind, by name', async () => {
    const log = await traced('requests');
    const names = log.flatMap(({ fields }) => [
      fields['serviceName'] ?? fields['methodName'] ?? fields['channelType'] ?? fields['requestType'],
    ]);
    expect(names.filter(Boolean)).toEqual(expect.arrayContaining(['ssh-userauth', 'session', 'exec']));
    expect(log.some(({ message }) => message === 'SSH_MSG_CHANNEL_DATA')).toBe(false);
  });

  test('messages: every one', async () => {
    const log = await traced('messages');
    expect(log.some(({ message }) => message === 'SSH_MSG_CHANNEL_DATA')).toBe(true);
  });
});

test('metrics: the text format of Prometheus', async () => {
  const { server, client } = await pair({});
  const text = formatMetrics({ ...server.stats, offences: { noAuthentication: 2 } });
  expect(text).toContain(
    '# HELP nacre_connections Connections that are open.\n# TYPE nacre_connections gauge\nnacre_connections 1\n',
  );
  expect(text).toContain('nacre_logins_total 1\n');
  expect(text).toContain('nacre_offences_total{offence="noAuthentication"} 2\n');
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) nacre_\w+ .+|nacre_\w+(\{\w+="\w+"\})? \d+)$/);
  expect(text.endsWith('\n')).toBe(true);
  client.close();
});

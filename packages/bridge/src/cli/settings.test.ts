/** Flags from the command line, the environment and the config file, in this order. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { listenVerb } from '../verbs/listen.js';
import { proxyVerb } from '../verbs/proxy.js';
import { relayVerb } from '../verbs/relay.js';
import { serveVerb } from '../verbs/serve.js';
import { applySettings, readSettings, type Environment, type Settings } from './settings.js';

const VERBS = [proxyVerb, listenVerb, serveVerb, relayVerb];

/** The flags of `words`, as the verb would get them. */
function flagsOf(
  words: readonly string[],
  settings: Settings = {},
  environment: Environment = {},
): Record<string, unknown> {
  const program = new Command('ssh-bridge').exitOverride();
  let parsed: Command | undefined;
  for (const verb of VERBS) {
    const command = verb.define(program).action(() => {
      parsed = command;
    });
  }
  program.parse(words, { from: 'user' });
  if (parsed === undefined) throw new Error('no verb');
  applySettings(program, parsed, settings, environment);
  return parsed.opts();
}

function configFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'ssh-bridge-settings-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'ssh-bridge'));
  writeFileSync(join(directory, 'ssh-bridge', 'config.json'), text);
  return directory;
}

test('the command line wins, then the variable, then the verb in the file, then the file', () => {
  const file = { drain: 1, serve: { drain: 2 } };
  const variable = { SSH_BRIDGE_DRAIN: '3' };
  expect(flagsOf(['relay'], file)['drain']).toBe(1);
  expect(flagsOf(['serve'], file)['drain']).toBe(2);
  expect(flagsOf(['serve'], file, variable)['drain']).toBe(3);
  expect(flagsOf(['serve', '--drain', '4'], file, variable)['drain']).toBe(4);
  expect(flagsOf(['serve'], {}, { SSH_BRIDGE_DRAIN: '' })['drain']).toBe(10);
});

test('of the token and its file the one that was said nearer counts', () => {
  const file = { 'token-file': 'of-the-config-file' };
  const variable = { SSH_BRIDGE_TOKEN_FILE: 'of-a-variable' };
  const { token, tokenFile } = flagsOf(['proxy', 'ws://x', '--token', 'said'], file, variable);
  expect({ token, tokenFile }).toEqual({ token: 'said', tokenFile: undefined });
  expect(flagsOf(['serve', '--no-token'], file, variable)['tokenFile']).toBeUndefined();
  expect(flagsOf(['serve'], { ...file, token: 'in-the-config-file' }, variable)).toMatchObject({
    token: true,
    tokenFile: 'of-a-variable',
  });
  // The variable of the token itself is read where the token is.
  for (const config of [file, { token: 'in-the-config-file' }]) {
    const flags = flagsOf(['proxy', 'ws://x'], config, { SSH_BRIDGE_TOKEN: 'in-a-variable' });
    expect([flags['token'], flags['tokenFile']]).toEqual([undefined, undefined]);
  }
  expect(flagsOf(['serve'], { 'no-token': true }, { SSH_BRIDGE_TOKEN: 'in-a-variable' })['token']).not.toBe(false);
  expect(flagsOf(['serve'], file)['tokenFile']).toBe('of-the-config-file');
});

test('lists: several in a variable, an array in the file', () => {
  const variables = { SSH_BRIDGE_ALLOW_TARGET: 'a.test:22, b.test:22' };
  expect(flagsOf(['serve'], {}, variables)['allowTarget']).toEqual(['a.test:22', 'b.test:22']);
  const file = { 'allow-target': ['c.test:22', 'd.test:22'] };
  expect(flagsOf(['serve'], file)['allowTarget']).toEqual(['c.test:22', 'd.test:22']);
  expect(flagsOf(['serve', '--allow-target', 'e.test:22'], file, variables)['allowTarget']).toEqual(['e.test:22']);
  const lines = { SSH_BRIDGE_HEADER: 'X-A: 1, 2\nX-B: 3' };
  expect(flagsOf(['proxy', 'ws://x'], {}, lines)['header']).toEqual(['X-A: 1, 2', 'X-B: 3']);
});

test('switches are true or false, and an empty variable says nothing', () => {
  for (const text of ['1', 'true']) expect(flagsOf(['serve'], {}, { SSH_BRIDGE_NO_TOKEN: text })['token']).toBe(false);
  for (const text of ['0', 'false', '']) {
    expect(flagsOf(['serve'], {}, { SSH_BRIDGE_NO_TOKEN: text })['token']).not.toBe(false);
  }
  expect(flagsOf(['serve'], { 'proxy-protocol': true })['proxyProtocol']).toBe(true);
  expect(flagsOf(['proxy', 'ws://x'], { 'no-resume': true })['resume']).toBe(false);
});

test.each([
  [{ frobnicate: 1 }, {}, 'unknown flag "frobnicate"'],
  [{ serve: { 'page-dir': 'x' } }, {}, 'unknown flag "page-dir"'],
  [{ drain: 'soon' }, {}, '"drain" in the config file has a wrong value'],
  [{ drain: { a: 1 } }, {}, 'wrong value'],
  [{ 'log-format': 'xml' }, {}, 'wrong value'],
  [{ 'proxy-protocol': 'perhaps' }, {}, 'neither true nor false'],
  [{}, { SSH_BRIDGE_DRAIN: 'soon' }, 'SSH_BRIDGE_DRAIN has a wrong value'],
])('%j and %j: %s', (settings, environment, message) => {
  expect(() => flagsOf(['serve'], settings, environment)).toThrow(message);
});

test('the config file: at the XDG location, or where a flag or variable points', () => {
  const directory = configFile('{"drain": 7}');
  const file = join(directory, 'ssh-bridge', 'config.json');
  expect(readSettings([], { XDG_CONFIG_HOME: directory })).toEqual({ drain: 7 });
  expect(readSettings([], { XDG_CONFIG_HOME: join(directory, 'nowhere') })).toEqual({});
  expect(readSettings([], { SSH_BRIDGE_CONFIG_FILE: file })).toEqual({ drain: 7 });
  expect(readSettings(['--config-file', file], {})).toEqual({ drain: 7 });
  expect(readSettings([`--config-file=${file}`], {})).toEqual({ drain: 7 });
  expect(() => readSettings(['--config-file', join(directory, 'nowhere')], {})).toThrow('cannot be read');
});

test.each(['nonsense', '[]', 'null', '7'])('a file that is %s is refused', (text) => {
  expect(() => readSettings([], { XDG_CONFIG_HOME: configFile(text) })).toThrow(/is not (?:JSON|a JSON object)/);
});

test('seconds: as many as a timer counts, from every source', () => {
  const most = '2147483';
  const tooMany = '2147484';
  expect(flagsOf(['proxy', 'ws://x', '--timeout', most])['timeout']).toBe(2_147_483);
  expect(() => flagsOf(['proxy', 'ws://x', '--timeout', '0'])).toThrow(/at least 1/);
  for (const flag of ['drain', 'resume-grace']) {
    expect(() => flagsOf(['serve', `--${flag}`, tooMany])).toThrow(/at most 2147483/);
    expect(() => flagsOf(['serve'], { [flag]: Number(tooMany) })).toThrow(/wrong value/);
  }
  expect(() => flagsOf(['listen', '0', 'ws://x'], {}, { SSH_BRIDGE_TIMEOUT: tooMany })).toThrow(/SSH_BRIDGE_TIMEOUT/);
});

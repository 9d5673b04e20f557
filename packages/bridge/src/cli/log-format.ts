/** The flag `--log-format`, read without parsing the command line: errors of parsing are logged in this format too. */
import type { LogFormat } from '../log.js';
import type { Environment } from './settings.js';

export function logFormatOf(words: readonly string[], environment: Environment): LogFormat {
  const isJson = words.some(
    (word, index) => word === '--log-format=json' || (word === 'json' && words[index - 1] === '--log-format'),
  );
  return isJson || environment['SSH_BRIDGE_LOG_FORMAT'] === 'json' ? 'json' : 'text';
}

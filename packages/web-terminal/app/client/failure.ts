/** What went wrong with a connection, in words for the user of the page. */
import {
  AuthenticationError,
  ConnectionLostError,
  DisconnectedError,
  HostKeyError,
  KeyExchangeError,
  TimeoutError,
} from '@nacre/core';
import { displayText } from '@nacre/web-terminal';
import { CancelledError } from './dialogs.js';
import type { ServerName } from './known-servers.js';
import { HostKeyChangedError, PasswordNeededError } from './open-shell.js';

export interface Failure {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** Undefined if the user cancelled. `isOpen`: the shell was already open. */
export function explain(error: unknown, { host, port }: ServerName, isOpen: boolean): Failure | undefined {
  const server = `${host} port ${port}`;
  if (error instanceof CancelledError) return undefined;
  if (error instanceof HostKeyChangedError) {
    return {
      title: 'The server’s key has changed. Connection refused.',
      paragraphs: [
        `${server} shows ${error.key.fingerprint}, which is not the key you trusted.`,
        'Either the server was reinstalled, or somebody is intercepting the connection. Neither your name nor your password was sent.',
        'If you know that the key was changed, forget the old one under “Known servers”, and compare the new fingerprint when you are asked.',
      ],
    };
  }
  if (error instanceof HostKeyError)
    return { title: 'Not connected', paragraphs: ['The server’s key was not trusted.'] };
  if (error instanceof PasswordNeededError) {
    return { title: 'The server did not let you in', paragraphs: ['This user needs a password.'] };
  }
  if (error instanceof AuthenticationError) {
    return {
      title: 'The server did not let you in',
      paragraphs: ['User name or password is wrong. Correct it and connect again.'],
    };
  }
  if (error instanceof DisconnectedError) {
    const said = displayText(error.message, 256);
    return {
      title: 'The server ended the connection',
      paragraphs: [said === '' ? 'It gave no reason.' : `It says: “${said}”`],
    };
  }
  if (error instanceof TimeoutError)
    return { title: 'That took too long', paragraphs: [`${server} did not answer in time.`] };
  if (error instanceof KeyExchangeError) {
    return {
      title: 'Key exchange failed',
      paragraphs: [`${server} and this page could not agree on keys: ${displayText(error.message, 256)}.`],
    };
  }
  if (error instanceof ConnectionLostError) return lost(server, isOpen);
  return {
    title: 'That did not work',
    paragraphs: [displayText(error instanceof Error ? error.message : String(error), 256)],
  };
}

function lost(server: string, isOpen: boolean): Failure {
  return isOpen
    ? {
        title: 'The connection was lost',
        paragraphs: [`${server} or the network went away. Reconnect to begin a new session.`],
      }
    : { title: 'The server does not answer', paragraphs: [`Nothing answers at ${server}. Is the server running?`] };
}

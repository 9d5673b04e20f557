/** RFC 4252, RFC 4256: who may log in to the playground, and how. Everybody knows these passwords. */
import { accept, partial, type Hooks, type Questions } from '@nacre/core';

const PASSWORD = 'demo';
const TOKEN = '123456';

/** Home directories are made for these. */
export const USERS = ['demo', 'guest', 'otp', 'keys', 'both'] as const;

/** Those who log in with the password alone, and those who have to show a key for it first. */
const PASSWORD_USERS: ReadonlySet<string> = new Set(['demo']);
const KEY_USERS: ReadonlySet<string> = new Set(['keys', 'both']);
const KEY_AND_PASSWORD_USERS: ReadonlySet<string> = new Set(['both']);

const QUESTIONS: Questions = {
  prompts: [
    { prompt: 'Password: ', echo: false },
    { prompt: 'Token: ', echo: true },
  ],
};

/**
 * Security: there is no `methods` hook, and passwords are compared before names: an unknown name meets the same methods and
 * the same work as a known one. Interop: OpenSSH and PuTTY try keyboard-interactive before the password, so who has no
 * answers is not asked; that one name here is asked is no secret.
 */
export function userHooks(authorizedKeys: string): Hooks {
  return {
    none: ({ user }) => (user === 'guest' ? accept : undefined),
    password: ({ user, connection }, password) => {
      const isRight = password === PASSWORD;
      const hasShownKey = KEY_AND_PASSWORD_USERS.has(user) && connection.state === `key of ${user}`;
      return isRight && (PASSWORD_USERS.has(user) || hasShownKey) ? accept : undefined;
    },
    authorizedKeys: ({ user }) => (KEY_USERS.has(user) ? authorizedKeys : ''),
    keyboardInteractive: async ({ user }, ask) => {
      if (user !== 'otp') return undefined;
      const [password, token] = await ask(QUESTIONS);
      return password === PASSWORD && token === TOKEN ? accept : undefined;
    },
    authenticated: ({ user, method, connection }) => {
      if (method !== 'publickey' || !KEY_AND_PASSWORD_USERS.has(user)) return accept;
      // The name belongs to it: a client that changes the name must not take the key along (RFC 4252 §5).
      connection.state = `key of ${user}`;
      return partial(['password']);
    },
  };
}

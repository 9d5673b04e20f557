/** RFC 4252, RFC 4256: who may log in to the playground, and how. Everybody knows these passwords. */
import { accept, partial, type Hooks, type Questions } from '@nacre/core';

const PASSWORD = 'demo';
const TOKEN = '123456';

/** Each has a home directory. */
export const USERS = ['demo', 'guest', 'otp', 'keys', 'both'] as const;

/** Marks in a connection's state that the first half of `both` is done. */
const KEY_SHOWN = 'both has shown a key';

const QUESTIONS: Questions = {
  prompts: [
    { prompt: 'Password: ', echo: false },
    { prompt: 'Token: ', echo: true },
  ],
};

/**
 * Security: there is no `methods` hook, and passwords are compared before names, so an unknown name gets the same methods and
 * the same work as a known one. Interop: OpenSSH and PuTTY try keyboard-interactive before the password, so users without
 * answers are not asked; that one name here is asked is no secret.
 */
export function userHooks(authorizedKeys: string): Hooks {
  return {
    none: ({ user }) => (user === 'guest' ? accept : undefined),
    password: ({ user, connection }, password) => {
      const isRight = password === PASSWORD;
      const isEnough = user === 'demo' || (user === 'both' && connection.state === KEY_SHOWN);
      return isRight && isEnough ? accept : undefined;
    },
    authorizedKeys: ({ user }) => (user === 'keys' || user === 'both' ? authorizedKeys : ''),
    keyboardInteractive: async ({ user }, ask) => {
      if (user !== 'otp') return undefined;
      const [password, token] = await ask(QUESTIONS);
      return password === PASSWORD && token === TOKEN ? accept : undefined;
    },
    authenticated: ({ user, method, connection }) => {
      if (user !== 'both' || method !== 'publickey') return accept;
      connection.state = KEY_SHOWN;
      return partial(['password']);
    },
  };
}

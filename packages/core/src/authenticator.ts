/** The application's side of authentication: asks the hooks, and turns what they say into decisions. */
import { equalBytes } from './crypto/provider.js';
import { accept, type Attempt, type HookResult, type Hooks, type Verdict } from './hooks.js';
import { fingerprint, parseAuthorizedKeys, type PublicKey } from './keys/index.js';
import type { ServerConnection } from './server-connection.js';
import type { Ask, Authenticator, Decision, OfferedKey, UserauthAttempt } from './userauth/decision.js';

const METHOD_HOOKS = {
  publickey: 'authorizedKeys',
  password: 'password',
  'keyboard-interactive': 'keyboardInteractive',
} as const satisfies Record<string, keyof Hooks>;

const REFUSE: Decision = { outcome: 'refuse' };

/** Asks the hooks. With no hook at all nobody gets in. */
export function createAuthenticator(hooks: Hooks, connection: ServerConnection): Authenticator {
  const describe = (attempt: UserauthAttempt): Attempt => ({ ...attempt, connection });
  const judge = async (attempt: UserauthAttempt, ask: () => HookResult<Verdict>): Promise<Decision> => {
    let verdict: Verdict | void | undefined;
    try {
      verdict = await ask();
    } catch (error) {
      connection.log(4, 'authentication', 'a hook refused', { method: attempt.method, error: String(error) });
    }
    if (verdict?.verdict === 'accept') verdict = (await hooks.authenticated?.(describe(attempt))) ?? verdict;
    const decision = toDecision(verdict);
    const fields = { user: attempt.user, method: attempt.method, outcome: decision.outcome };
    if (attempt.method !== 'none' || decision.outcome !== 'refuse')
      connection.log(6, 'authentication', 'attempt', fields);
    return decision;
  };
  return {
    methods: async (attempt) => {
      const offered = Object.entries(METHOD_HOOKS).flatMap(([method, hook]) =>
        hooks[hook] === undefined ? [] : [method],
      );
      return (await hooks.methods?.(describe(attempt))) ?? offered;
    },
    none: (attempt) => judge(attempt, () => hooks.none?.(describe(attempt))),
    password: (attempt, password, newPassword) => {
      // A blank password is refused before the hook.
      if (password === '') return REFUSE;
      return judge(attempt, () => hooks.password?.(describe(attempt), password, newPassword));
    },
    keyboardInteractive: (attempt, ask: Ask) =>
      judge(attempt, () => hooks.keyboardInteractive?.(describe(attempt), ask)),
    publicKey: async (attempt, key) => {
      const described = { ...describe(attempt), key: { ...key, fingerprint: fingerprint(key.blob) } };
      const findVerdict = async (): Promise<Verdict | undefined> =>
        toKeyVerdict(await hooks.authorizedKeys?.(described), key, connection);
      // A query proves nothing yet: only the signature's turn may run `authenticated` and be logged as an attempt.
      if (key.phase === 'signature') return judge(attempt, findVerdict);
      return toDecision(await findVerdict().catch(() => undefined));
    },
  };
}

function toKeyVerdict(
  result: Verdict | string | readonly PublicKey[] | void | undefined,
  offered: OfferedKey,
  connection: ServerConnection,
): Verdict | undefined {
  if (result === undefined) return undefined;
  if (typeof result === 'object' && 'verdict' in result) return result;
  const keys = typeof result === 'string' ? parseLines(result, connection) : result;
  return keys.some((key) => equalBytes(key.blob, offered.blob)) ? accept : undefined;
}

/** Security: a line that asks for a restriction we do not know is left out, never taken without it. */
function parseLines(text: string, connection: ServerConnection): readonly PublicKey[] {
  const { keys, skipped } = parseAuthorizedKeys(text);
  for (const { line, reason } of skipped)
    connection.log(4, 'authentication', 'an authorized_keys line is left out', { line, reason });
  return keys;
}

function toDecision(verdict: Verdict | void | undefined): Decision {
  switch (verdict?.verdict) {
    case 'accept':
      return { outcome: 'accept' };
    case 'partial':
      return { outcome: 'partial', methods: verdict.methods };
    case 'change':
      return { outcome: 'change', prompt: verdict.prompt };
    default:
      return REFUSE;
  }
}

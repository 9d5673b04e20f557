/** The application's side of authentication: asks the hooks, and turns what they say into decisions. */
import { equalBytes } from './crypto/provider.js';
import { accept, type Attempt, type HookResult, type Hooks, type Verdict } from './hooks.js';
import { fingerprint, parseAuthorizedKeys, type PublicKey } from './keys/index.js';
import type { ServerConnection } from './server-connection.js';
import type { Ask, Authenticator, Decision, OfferedKey, ProvenKey, UserauthAttempt } from './userauth/decision.js';

const METHOD_HOOKS = {
  publickey: 'authorizedKeys',
  password: 'password',
  'keyboard-interactive': 'keyboardInteractive',
} as const satisfies Record<string, keyof Hooks>;

const REFUSE: Decision = { outcome: 'refuse' };

/** Asks the hooks. With no hook at all nobody gets in. */
export function createAuthenticator(hooks: Hooks, connection: ServerConnection): Authenticator {
  const describe = (attempt: UserauthAttempt): Attempt => ({ ...attempt, connection });
  const ask = async (attempt: UserauthAttempt, hook: () => HookResult<Verdict>): Promise<Decision> => {
    try {
      return toDecision(await hook());
    } catch (error) {
      connection.log(4, 'authentication', 'a hook refused', { method: attempt.method, error: String(error) });
      return REFUSE;
    }
  };
  return {
    methods: async (attempt) => {
      const offered = Object.entries(METHOD_HOOKS).flatMap(([method, hook]) =>
        hooks[hook] === undefined ? [] : [method],
      );
      return (await hooks.methods?.(describe(attempt))) ?? offered;
    },
    none: (attempt) => ask(attempt, () => hooks.none?.(describe(attempt))),
    password: (attempt, password, newPassword) => {
      // A blank password is refused before the hook.
      if (password === '') return REFUSE;
      return ask(attempt, () => hooks.password?.(describe(attempt), password, newPassword));
    },
    keyboardInteractive: (attempt, questions: Ask) =>
      ask(attempt, () => hooks.keyboardInteractive?.(describe(attempt), questions)),
    publicKey: (attempt, key) => {
      const described = { ...describe(attempt), key: { ...key, fingerprint: fingerprint(key.blob) } };
      return ask(attempt, async () => toKeyVerdict(await hooks.authorizedKeys?.(described), key, connection));
    },
    conclude: async (attempt, judged, key) => {
      const isProven = judged.outcome === 'accept';
      const described = { ...describe(attempt), ...(key && { key: describeProven(key) }) };
      const decision = isProven
        ? await ask(attempt, async () => (await hooks.authenticated?.(described)) ?? accept)
        : judged;
      const { outcome } = decision;
      if (attempt.method !== 'none' || outcome !== 'refuse')
        connection.log(6, 'authentication', 'attempt', { user: attempt.user, method: attempt.method, outcome });
      return decision;
    },
  };
}

function describeProven({ algorithm, blob, assertion }: ProvenKey): NonNullable<Attempt['key']> {
  const offered = { algorithm, blob, phase: 'signature', fingerprint: fingerprint(blob) } as const;
  return assertion === undefined ? offered : { ...offered, assertion };
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

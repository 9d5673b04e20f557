/** Decides what is forwarded: the policy, then the proven key, then the application's hook; any of them can refuse. */
import { permitsListen, permitsOpen, permitsSocket, type Restrictions } from '../keys/restrictions.js';
import type { ForwardAnswer, ForwardingContext, ForwardPolicy } from './connection-forwarding.js';
import type { ForwardRequest, ForwardTarget } from './request.js';

/** The policy switch for each kind of request. */
const SWITCHES = {
  'direct-tcpip': 'localForwarding',
  'direct-streamlocal@openssh.com': 'localForwarding',
  'tcpip-forward': 'remoteForwarding',
  'streamlocal-forward@openssh.com': 'remoteForwarding',
  'auth-agent-req@openssh.com': 'agentForwarding',
  'x11-req': 'x11Forwarding',
} as const satisfies Record<ForwardRequest['type'], keyof ForwardPolicy>;

/** Whether the client may have it, and from where; undefined refuses. */
export async function decide(context: ForwardingContext, request: ForwardRequest): Promise<ForwardTarget | undefined> {
  if (context.ask === undefined || context.policy[SWITCHES[request.type]] === false) return undefined;
  if (isPermitted(context.restrictions, request)) return readTarget(await context.ask(request));
  context.log(5, 'a key does not permit what was to be forwarded', { request: request.type });
  return undefined;
}

/** Security: no hook restores what the proven key takes away. */
function isPermitted(restrictions: Restrictions, request: ForwardRequest): boolean {
  switch (request.type) {
    case 'direct-tcpip':
      return permitsOpen(restrictions, request.host, request.port);
    case 'tcpip-forward':
      return permitsListen(restrictions, request.host, request.port);
    case 'direct-streamlocal@openssh.com':
      return permitsSocket(restrictions, 'open');
    case 'streamlocal-forward@openssh.com':
      return permitsSocket(restrictions, 'listen');
    case 'auth-agent-req@openssh.com':
      return restrictions.agentForwarding;
    case 'x11-req':
      return restrictions.x11Forwarding;
  }
}

/** Security: anything that is neither a yes nor usable refuses; a hook in plain JavaScript may return anything. */
function readTarget(answer: ForwardAnswer | null): ForwardTarget | undefined {
  if (typeof answer === 'function') return answer;
  if (typeof answer !== 'object' || answer === null) return undefined;
  if ('verdict' in answer) return answer.verdict === 'accept' ? 'accept' : undefined;
  return 'open' in answer || 'readable' in answer ? answer : undefined;
}

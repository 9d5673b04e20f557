/**
 * just-bash holds a script's output back until the script ends, and lets nothing else run meanwhile. Redirections that a
 * user could have written change both: every command whose output goes to the session appends it to a file of `streams.ts`,
 * which sends it at once, in order, as bytes. Other commands open a file there only in order to pause.
 */
import { literalText } from './syntax.js';
import type { Command, CompoundCommand, Pipeline, Redirection, Script, SimpleCommand, Statement } from './syntax.js';
import { STREAM_PATHS } from './streams.js';

/** Which of a command's streams go to the session; the others are left to its caller. */
interface Destinations {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

const SESSION: Destinations = { stdout: true, stderr: true };
const ELSEWHERE: Destinations = { stdout: false, stderr: false };
/** File descriptors that no script is likely to use. */
const PAUSE_DESCRIPTOR = 98;
const EXIT_DESCRIPTOR = 99;

/** The script, changed for the session to run it. */
export function withLiveOutput(script: Script): Script {
  return { ...script, statements: redirectAll(script.statements, SESSION) };
}

/** A script that is run by another command, which gets its output. */
export function withPauses(script: Script): Script {
  return { ...script, statements: redirectAll(script.statements, ELSEWHERE) };
}

export function appendTo(fd: number, path: string): Redirection {
  return {
    type: 'Redirection',
    fd,
    operator: '>>',
    target: { type: 'Word', parts: [{ type: 'Literal', value: path }] },
  };
}

function redirectAll(statements: readonly Statement[], to: Destinations): Statement[] {
  return statements.map((statement) => ({
    ...statement,
    pipelines: statement.pipelines.map((pipeline) => redirectPipeline(pipeline, to)),
  }));
}

function redirectPipeline(pipeline: Pipeline, to: Destinations): Pipeline {
  const last = pipeline.commands.length - 1;
  const commands = pipeline.commands.map((command, index) =>
    redirectCommand(command, {
      stdout: to.stdout && index === last,
      stderr: to.stderr && pipeline.pipeStderr?.[index] !== true,
    }),
  );
  return { ...pipeline, commands };
}

function redirectCommand(command: Command, to: Destinations): Command {
  if (command.type === 'FunctionDef') return { ...command, body: redirectCompound(command.body, ELSEWHERE) };
  return command.type === 'SimpleCommand' ? redirectSimple(command, to) : redirectCompound(command, to);
}

function redirectSimple(command: SimpleCommand, to: Destinations): SimpleCommand {
  const name = literalText(command.name);
  // Assignments have no output, and `exec` would keep the redirection for the rest of the script.
  if (command.name === null || name === 'exec') return command;
  const mark = name === 'exit' ? [appendTo(EXIT_DESCRIPTOR, STREAM_PATHS.exit)] : [];
  return { ...command, redirections: [...mark, ...redirections(to), ...command.redirections] };
}

function redirectCompound(command: CompoundCommand, to: Destinations): CompoundCommand {
  if (command.type === 'ArithmeticCommand' || command.type === 'ConditionalCommand') return redirectWhole(command, to);
  if (command.redirections.length > 0) return redirectWhole(redirectInside(command, ELSEWHERE), to);
  return redirectInside(command, to);
}

/** Our redirections come first, so that the script's own take effect on top of them. */
function redirectWhole<C extends CompoundCommand>(command: C, to: Destinations): C {
  return { ...command, redirections: [...redirections(to), ...command.redirections] };
}

function redirectInside(command: CompoundCommand, to: Destinations): CompoundCommand {
  const inside = (statements: readonly Statement[]): Statement[] => redirectAll(statements, to);
  switch (command.type) {
    case 'If': {
      const clauses = command.clauses.map(({ condition, body }) => ({
        condition: inside(condition),
        body: inside(body),
      }));
      return { ...command, clauses, elseBody: command.elseBody && inside(command.elseBody) };
    }
    case 'While':
    case 'Until':
      return { ...command, condition: inside(command.condition), body: inside(command.body) };
    case 'Case':
      return { ...command, items: command.items.map((item) => ({ ...item, body: inside(item.body) })) };
    case 'For':
    case 'CStyleFor':
    case 'Subshell':
    case 'Group':
      return { ...command, body: inside(command.body) };
    default:
      return command;
  }
}

function redirections({ stdout, stderr }: Destinations): Redirection[] {
  if (!stdout && !stderr) return [appendTo(PAUSE_DESCRIPTOR, STREAM_PATHS.pause)];
  return [...(stdout ? [appendTo(1, STREAM_PATHS.stdout)] : []), ...(stderr ? [appendTo(2, STREAM_PATHS.stderr)] : [])];
}

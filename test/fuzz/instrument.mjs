/** An esbuild plugin that puts counters into the sources: how often each branch of core, and of what the bridge reads from its peers, runs. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Core has fewer branches than this; a run that finds more says so. */
export const MAXIMUM_BRANCHES = 2 ** 14;
const SOURCES = /packages\/(?:core\/src|bridge\/src\/(?:relay-v4|websocket))\/.*\.ts$/;
const { SyntaxKind } = ts;
const SHORT_CIRCUITS = new Set([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
]);

/** `seen.words` collects the short strings of the sources, because what the code compares with is worth sending; `seen.branches` counts. */
export function instrument(seen) {
  return {
    name: 'instrument',
    setup(build) {
      build.onLoad({ filter: SOURCES }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
        const insertions = [];
        const insert = (at, code) => insertions.push({ at, code });
        visit(file, { insert, words: seen.words, next: () => `counters[${seen.branches++}]++` });
        if (seen.branches > MAXIMUM_BRANCHES) throw new Error(`core has more than ${MAXIMUM_BRANCHES} branches`);
        return { contents: `const counters = globalThis.fuzzCounters;${apply(text, insertions)}`, loader: 'ts' };
      });
    },
  };
}

/** What begins at the same place begins in the order found, outermost first; ends are found innermost first. */
function apply(text, insertions) {
  let result = '';
  let last = 0;
  for (const { at, code } of insertions.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(last, at) + code;
    last = at;
  }
  return result + text.slice(last);
}

function visit(node, context) {
  const { insert, words, next } = context;
  if (ts.isStringLiteral(node) && node.text.length <= 40 && !node.text.startsWith('.')) words.add(node.text);
  if (ts.isBlock(node)) insert(node.getStart() + 1, `${next()};`);
  if (ts.isCaseOrDefaultClause(node) && node.statements.length > 0) insert(node.statements[0].getStart(), `${next()};`);
  const branches = branchesOf(node);
  ts.forEachChild(node, (child) => {
    if (!branches.includes(child)) {
      visit(child, context);
      return;
    }
    const [open, close] = ts.isStatement(child) ? [`{${next()};`, '}'] : [`(${next()}, `, ')'];
    insert(child.getStart(), open);
    visit(child, context);
    insert(child.end, close);
  });
}

/** Children that run or do not run, other than blocks. */
function branchesOf(node) {
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  if (ts.isBinaryExpression(node) && SHORT_CIRCUITS.has(node.operatorToken.kind)) return [node.right];
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return [node.body];
  if (ts.isIfStatement(node)) return [node.thenStatement, node.elseStatement].filter((it) => it && !ts.isBlock(it));
  if (ts.isIterationStatement(node, false) && !ts.isBlock(node.statement)) return [node.statement];
  return [];
}

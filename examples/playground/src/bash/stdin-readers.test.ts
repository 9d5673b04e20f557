import { Bash } from 'just-bash/browser';
import { expect, test } from 'vitest';
import { readsStandardInput } from './stdin-readers.js';

const bash = new Bash();

test.each([
  'cat',
  'cat -',
  'cat -n',
  'cat | wc -l',
  'cat > file',
  'cat README.md -',
  'head -n 1',
  'head -5',
  'tail -n +2',
  'grep x',
  'grep -i x',
  'grep -e x',
  'grep -A 3 x',
  'sed s/a/b/',
  'sed -n -e 1p',
  'awk -F : "{ print }"',
  'jq .',
  'sort -t , -k 2',
  'cut -d, -f1',
  'tr a b',
  'tee file',
  'xargs echo',
  'read x',
  'while read x; do echo; done',
  'if cat; then echo; fi',
  '(cat)',
  '{ cat; }',
  'f() { cat; }; f',
  'echo a; cat',
  'true && cat',
  'cat /dev/stdin',
  'cat < /dev/stdin',
  'bash',
  'sh -',
  'sink',
  'sha256 | tr a b',
  'base64 -d',
])('reads stdin: %s', (script) => {
  expect(readsStandardInput(bash.transform(script).ast)).toBe(true);
});

test.each([
  'echo a',
  'ls',
  'cat README.md',
  'cat "$file"',
  'cat -- README.md',
  'echo | cat',
  'ls | grep x | head -n 1',
  'head -n 5 README.md',
  'grep x README.md',
  'grep -e x README.md',
  'grep -r x',
  'sed -n -e 1p README.md',
  'sed s/a/b/ README.md',
  "awk '{ print }' README.md",
  'jq . data.json',
  'jq -n 1',
  'cat < README.md',
  'while read x; do echo; done < README.md',
  'tr a b <<< text',
  'cat <<E\ntext\nE',
  'bash -c "echo x"',
  'bash script.sh',
  'zero 1',
  'x=$(ls)',
  '[[ -f x ]] && echo',
  '((1 + 1))',
])('does not: %s', (script) => {
  expect(readsStandardInput(bash.transform(script).ast)).toBe(false);
});

/** Markdown tables that are also legible in a terminal. */
import { median, percentile } from './statistics.mjs';

/** Rows of numbers, a column for each contender; each number but the first is followed by the first as a multiple of it. */
export function ratioTable(title, names, rows, digits) {
  const header = ['', ...names.map((name, index) => (index === 0 ? name : `${name} (ours ÷ it)`))];
  const lines = rows.map(({ label, values }) => [
    label,
    ...values.map((value, index) => cell(value, index, values[0])),
  ]);
  return `\n${title}\n\n${format([header, ...lines])}\n`;

  function cell(value, index, ours) {
    if (value === undefined) return '–';
    const text = value.toFixed(digits);
    return index === 0 ? text : `${text} (${(ours / value).toFixed(2)})`;
  }
}

/** Rows of numbers; each number but the first is followed by itself as a multiple of the first. */
export function multipleTable(title, names, rows, digits) {
  const header = ['', ...names];
  const lines = rows.map(({ label, values: [first, ...others] }) => [
    label,
    first.toFixed(digits),
    ...others.map((value) => `${value.toFixed(digits)} (${(value / first).toFixed(2)})`),
  ]);
  return `\n${title}\n\n${format([header, ...lines])}\n`;
}

/**
 * Rows of lists, a list for each contender with a number for each round: medians, and how the first compares with each of the others (or,
 * if `isMultiple`, each of the others with the first) round by round, with the middle half of the rounds.
 */
export function roundsTable(title, names, rows, digits, isMultiple = false) {
  const header = ['', ...names.map((name, index) => (index === 0 || isMultiple ? name : `${name} (ours ÷ it)`))];
  const lines = rows.map(({ label, samples: [first, ...others] }) => [
    label,
    median(first).toFixed(digits),
    ...others.map((other) => {
      const ratios = other.map((value, round) => (isMultiple ? value / first[round] : first[round] / value));
      const [middle, low, high] = [median(ratios), percentile(ratios, 25), percentile(ratios, 75)].map((ratio) =>
        ratio.toFixed(2),
      );
      return `${median(other).toFixed(digits)} (${middle}; ${low} to ${high})`;
    }),
  ]);
  return `\n${title}\n\n${format([header, ...lines])}\n`;
}

/** Rows of words. */
export function plainTable(title, header, lines) {
  return `\n${title}\n\n${format([header, ...lines])}\n`;
}

function format([header, ...lines]) {
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => line[column].length)));
  const row = (cells) => `| ${cells.map((text, column) => pad(text, widths[column], column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [row(header), row(rule), ...lines.map(row)].join('\n');
}

function pad(text, width, column) {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

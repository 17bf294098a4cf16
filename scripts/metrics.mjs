// Prints the scorecard of the tree: `npm run metrics`. Read by reviewers, who look at the outliers.
import { exportedSymbols } from '../test/arch/exported-symbols.ts';
import { importCycles } from '../test/arch/import-cycles.ts';
import { findInCode, lineAt, sourceFiles } from '../test/arch/source-files.ts';

const CONTROL = /\b(?:if|for|while|switch|catch|with)\s*(?:await\s*)?$/;

/** Functions with a body in braces; arrows of two lines or fewer are left out. Brackets decide, not a parser. */
function functionsOf({ path, text, code }) {
  const found = [];
  const open = [];
  for (let at = 0; at < code.length; at += 1) {
    const char = code[at];
    if (char === '(' || char === '{')
      open.push({ char, at, head: char === '{' ? headOf(code, at) : undefined });
    if (char !== ')' && char !== '}') continue;
    const begin = open.pop();
    if (begin?.head === undefined) continue;
    const line = lineAt(text, begin.head.at);
    const lines = lineAt(text, at) - line + 1;
    if (!begin.head.isArrow || lines > 2) found.push({ path, line, lines });
  }
  return found;
}

/** Where the function begins whose body opens at `at`; `undefined` where this is no body. */
function headOf(code, at) {
  const before = code.slice(Math.max(0, at - 2000), at);
  const offset = at - before.length;
  const arrow = /=>\s*$/.exec(before);
  if (arrow) return { at: offset + arrow.index, isArrow: true };
  const signature = /\)\s*(?::[^;{}()=]*)?$/.exec(before);
  if (!signature) return undefined;
  let depth = 0;
  for (let index = signature.index; index >= 0; index -= 1) {
    if (before[index] === ')') depth += 1;
    if (before[index] === '(') depth -= 1;
    if (depth > 0) continue;
    return CONTROL.test(before.slice(0, index))
      ? undefined
      : { at: offset + index, isArrow: false };
  }
  return undefined;
}

/** Nearest rank. */
function percentile(values, quantile) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
}

function spread(values) {
  return `${percentile(values, 0.5)} / ${percentile(values, 0.95)} / ${Math.max(0, ...values)}`;
}

function share(part, whole) {
  return `${whole === 0 ? 100 : Math.round((100 * part) / whole)} %`;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** How many files each folder holds directly. */
function filesOfFolders(among) {
  const folders = among.map(({ path }) => path.slice(0, path.lastIndexOf('/')));
  return [...new Set(folders)].map((folder) => folders.filter((each) => each === folder).length);
}

/** How many names more than one file exports. */
function namesThatStandTwice(exported) {
  const times = new Map();
  for (const { name } of exported) times.set(name, (times.get(name) ?? 0) + 1);
  return [...times.values()].filter((each) => each > 1).length;
}

const files = sourceFiles('src');
const tests = sourceFiles('test');
const functions = files.flatMap(functionsOf);
const symbols = files.flatMap(exportedSymbols);
const lines = files.flatMap(({ text }) => text.split('\n').map((line) => line.trim()));
const comments = lines.filter((line) => /^(?:\/\/|\/\*|\*)/.test(line)).length;
const count = (pattern, among = files) => findInCode(among, pattern).length;
const unitTests = tests.filter(({ path }) => /^test\/(?:unit|property|arch)\//.test(path));

const rows = [
  ['files / lines of src', `${files.length} / ${sum(files.map((file) => file.lines))}`],
  ['lines of a file, median / p95 / max', spread(files.map((file) => file.lines))],
  ['files of a folder, median / p95 / max', spread(filesOfFolders(files))],
  ['functions', functions.length],
  ['lines of a function, median / p95 / max', spread(functions.map((each) => each.lines))],
  ['comment lines', share(comments, lines.filter((line) => line !== '').length)],
  [
    'exported symbols documented',
    share(symbols.filter((each) => each.isDocumented).length, symbols.length),
  ],
  ['exported names that stand twice', namesThatStandTwice(symbols)],
  ['import cycles, types included', importCycles(files).length],
  [
    'generic throws : own',
    `${count(/\bthrow new (?:Error|TypeError|RangeError)\b/)} : ${count(/\bthrow new \w+Error\b/) - count(/\bthrow new (?:Error|TypeError|RangeError)\b/)}`,
  ],
  ['any / non-null assertions', `${count(/\bany\b/)} / ${count(/[\w)\]]!(?!=)/)}`],
  ['TODO', sum(files.map(({ text }) => [...text.matchAll(/\b(?:TODO|FIXME)\b/g)].length))],
  [
    'test lines : src lines',
    (sum(tests.map((file) => file.lines)) / sum(files.map((file) => file.lines))).toFixed(2),
  ],
  ['test cases written', count(/\b(?:it|test)(?:\.\w+)*\(/, tests)],
  [
    'timers in unit tests',
    count(
      /\b(?:setTimeout|setInterval)\b/,
      unitTests.filter(({ path }) => path.endsWith('.test.ts')),
    ),
  ],
];
const width = Math.max(...rows.map(([name]) => name.length));
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
process.stdout.write('\nlongest functions\n');
for (const { path, line, lines: length } of functions
  .toSorted((a, b) => b.lines - a.lines)
  .slice(0, 8)) {
  process.stdout.write(`  ${String(length).padStart(4)}  ${path}:${line}\n`);
}
process.stdout.write('longest files\n');
for (const { path, lines: length } of files.toSorted((a, b) => b.lines - a.lines).slice(0, 5)) {
  process.stdout.write(`  ${String(length).padStart(4)}  ${path}\n`);
}

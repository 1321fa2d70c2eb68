import ts from 'typescript';

import { lineOf } from './tree.mjs';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

/** Files and functions that are too long. A `describe` is a list of tests, not one function. */
export function findTooLong({ files, sources }) {
  const long = files
    .filter(({ path }) => /\.(ts|mjs|js)$/.test(path))
    .filter(({ text }) => linesOf(text) > FILE_LINES_MAX)
    .map(({ path, text }) => ({
      where: path,
      rule: 'file size',
      fix: `${linesOf(text)} lines, at most ${FILE_LINES_MAX}; split it by what it does`,
    }));
  return [...long, ...sources.flatMap(longFunctionsOf)];
}

export function medianLines({ sources }) {
  const lines = sources.map(({ text }) => linesOf(text)).sort((one, other) => one - other);
  return lines[Math.floor(lines.length / 2)] ?? 0;
}

function longFunctionsOf({ path, ast }) {
  const breaches = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body && !isDescribe(node.parent)) {
      const first = lineOf(ast, node);
      const lines = ast.getLineAndCharacterOfPosition(node.end).line + 2 - first;
      const fix = `${lines} lines, at most ${FUNCTION_LINES_MAX}; give its steps names of their own`;
      if (lines > FUNCTION_LINES_MAX) breaches.push({ where: `${path}:${first}`, rule: 'function size', fix });
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return breaches;
}

function isDescribe(node) {
  return ts.isCallExpression(node) && /^describe(With\w+)?\b/.test(node.expression.getText());
}

function linesOf(text) {
  return text.split('\n').length - 1;
}

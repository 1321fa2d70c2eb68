import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.sluice', 'coverage', '.env']);
const TEXT =
  /\.(ts|mjs|js|json|md|ya?ml|sh|conf|toml|html|css|sql|xml)$|^[^.]+$|^\.[a-z]+rc|^\.(editorconfig|gitignore)|Dockerfile/;

/** Every text file of the tree, and its TypeScript parsed. Paths are relative to the root, with slashes. */
export function readTree(root) {
  const files = pathsIn(root, '').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  const sources = files
    .filter(({ path }) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((file) => ({ ...file, ast: ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true) }))
    .map((file) => ({ ...file, imports: importsOf(file) }));
  return { files, sources };
}

function pathsIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return pathsIn(root, path);
    return entry.isFile() && TEXT.test(entry.name) ? [path] : [];
  });
}

/** What a file imports or exports onward: the specifier, its line, and whether only types come with it. */
function importsOf({ ast }) {
  const imports = [];
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      imports.push({ specifier: node.moduleSpecifier.text, line: lineOf(ast, node), typeOnly: isTypeOnly(node) });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      // Loaded when it is needed, so it closes no cycle.
      if (argument && ts.isStringLiteralLike(argument)) {
        imports.push({ specifier: argument.text, line: lineOf(ast, node), typeOnly: true });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return imports;
}

function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return !clause.name && named && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
}

export function lineOf(ast, node) {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

import ts from 'typescript';
import type { Finding } from './prose.ts';

const mostFileLines = 250;
const mostFunctionLines = 80;
const mostLets = 4;

/** Files that join the parts of the program: their main function may be long. */
const compositionRoots: readonly string[] = ['src/agent/daemon.ts', 'src/agent/delivery.ts', 'src/agent/scripts.ts'];

/**
 * What a reader must hold in mind at once has bounds: lines of a file, lines of a function, `let`s
 * of a closure.
 */
export function oversized(path: string, text: string): readonly Finding[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const lines = lineOf(source.end) - 1;
  const findings: Finding[] = lines > mostFileLines ? [`${path}: ${lines} lines; ${mostFileLines} at most`] : [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const [first, last] = [lineOf(node.getStart()), lineOf(node.end)];
      const long = last - first + 1;
      if (long > mostFunctionLines && !compositionRoots.includes(path))
        findings.push(`${path}:${first}: a function of ${long} lines; ${mostFunctionLines} at most`);
      const lets = letsOf(node.body);
      if (lets > mostLets && !compositionRoots.includes(path))
        findings.push(`${path}:${first}: a closure with ${lets} lets; ${mostLets} at most: a class with named states`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

/**
 * Counts the variables of one function's own scope, those of loops and of functions within it left
 * out.
 */
function letsOf(body: ts.Node): number {
  if (!ts.isBlock(body)) return 0;
  return body.statements.reduce((sum, statement) => {
    const isLet = ts.isVariableStatement(statement) && statement.declarationList.flags & ts.NodeFlags.Let;
    return sum + (isLet ? statement.declarationList.declarations.length : 0);
  }, 0);
}

/**
 * Types, and names of exported functions, that have two meanings in the tree. `sources` are path
 * and text.
 */
export function ambiguousNames(sources: readonly (readonly [path: string, text: string])[]): readonly Finding[] {
  const places = new Map<string, { readonly path: string; readonly matters: boolean }[]>();
  for (const [path, text] of sources) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (ts.isFunctionDeclaration(statement) && !statement.body) continue; // a signature of the function below it
      const isType = ts.isTypeAliasDeclaration(statement) || ts.isClassDeclaration(statement);
      if (!isType && !ts.isFunctionDeclaration(statement)) continue;
      const name = statement.name?.text;
      if (name === undefined) continue;
      const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
      places.set(name, [...(places.get(name) ?? []), { path, matters: isType || isExported }]);
    }
  }
  return [...places].flatMap(([name, all]) =>
    all.length > 1 && all.some(({ matters }) => matters)
      ? [`${name} has a meaning each in ${all.map(({ path }) => path).join(' and ')}; one meaning a name`]
      : [],
  );
}

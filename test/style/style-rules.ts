import ts from 'typescript';
import { isTest, type SourceFile } from './sources.ts';
import { comments, type Finding, lineOf, parse, walk } from './syntax.ts';

const fileLinesMax = 500;
const functionLinesMax = 70;
const vagueNames = /(^|[-/.])(utils?|helpers?|common|misc|managers?)([-/.]|$)/;
const vagueTypes = /(Utils?|Helpers?|Misc|Manager)$/;
const unfinished = /\b(TODO|FIXME|XXX|HACK|(?<!ask )for now|in a real implementation|placeholder)\b/;
const testFunctions = new Set(['it', 'test', 'describe', 'suite']);
const silencers = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']);

type Rule = (file: SourceFile, tree: ts.SourceFile) => Finding[];

const rules: readonly Rule[] = [size, fileName, unfinishedWork, silencedTests, declarations, environment];

/** What in this file is against the house style, as far as a machine can tell. */
export function findStyleFaults(file: SourceFile): Finding[] {
  const tree = parse(file);
  return rules.flatMap((rule) => rule(file, tree));
}

function size(file: SourceFile): Finding[] {
  const lines = file.text.trimEnd().split('\n').length;
  return lines > fileLinesMax ? [{ line: 1, message: `has ${lines} lines, more than ${fileLinesMax}` }] : [];
}

function fileName(file: SourceFile): Finding[] {
  if (vagueNames.test(file.path))
    return [{ line: 1, message: 'has a name that says nothing about what is inside' }];
  const base = file.path.slice(file.path.lastIndexOf('/') + 1);
  return /^[a-z0-9.-]+$/.test(base) ? [] : [{ line: 1, message: 'is not named in kebab-case' }];
}

function unfinishedWork(file: SourceFile, tree: ts.SourceFile): Finding[] {
  return comments(file, tree)
    .filter((comment) => unfinished.test(comment.text))
    .map((comment) => ({ line: lineOf(tree, comment.position), message: 'speaks of unfinished work' }));
}

function silencedTests(file: SourceFile, tree: ts.SourceFile): Finding[] {
  if (!isTest(file.path)) return [];
  return collect(tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !silencers.has(node.name.text)) return undefined;
    const subject = node.expression.getText(tree).split(/[.(]/)[0] ?? '';
    return testFunctions.has(subject) ? `has a test that may not run (.${node.name.text})` : undefined;
  });
}

function declarations(file: SourceFile, tree: ts.SourceFile): Finding[] {
  return collect(tree, (node) => {
    if (ts.isExportDeclaration(node) && !node.exportClause)
      return 'exports everything of another file: name what is meant';
    if (
      (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) &&
      vagueTypes.test(node.name?.text ?? '')
    ) {
      return `declares ${node.name?.text}, a name that says nothing`;
    }
    return isTest(file.path) ? undefined : longFunction(tree, node);
  });
}

function longFunction(tree: ts.SourceFile, node: ts.Node): string | undefined {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return undefined;
  const lines = lineOf(tree, node.getEnd()) - lineOf(tree, node.getStart(tree)) + 1;
  return lines > functionLinesMax
    ? `has a function of ${lines} lines, more than ${functionLinesMax}`
    : undefined;
}

/** Only the configuration reads the environment, so that every setting is validated and documented in one place. */
function environment(file: SourceFile, tree: ts.SourceFile): Finding[] {
  if (!/^(libs|apps|games)\//.test(file.path) || file.path.startsWith('libs/config/') || isTest(file.path))
    return [];
  return collect(tree, (node) =>
    ts.isPropertyAccessExpression(node) && node.getText(tree) === 'process.env'
      ? 'reads process.env'
      : undefined,
  );
}

function collect(tree: ts.SourceFile, judge: (node: ts.Node) => string | undefined): Finding[] {
  const findings: Finding[] = [];
  walk(tree, (node) => {
    const message = judge(node);
    if (message !== undefined) findings.push({ line: lineOf(tree, node.getStart(tree)), message });
  });
  return findings;
}

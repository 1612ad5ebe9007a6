import ts from 'typescript';
import type { SourceFile } from './sources.ts';
import { type Finding, lineOf, parse, walk } from './syntax.ts';

/** Ambient things that pure code gets as parameters, or must not have at all. */
const ambientGlobals = new Set(
  `Date performance setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
  requestAnimationFrame process Buffer require fetch crypto console navigator window document localStorage WebSocket
  globalThis Intl eval Function`.split(/\s+/),
);

/** What would make two machines, or two runs, differ. */
const unpredictableGlobals = new Set([
  'WeakRef',
  'FinalizationRegistry',
  'Atomics',
  'SharedArrayBuffer',
  'Promise',
]);

/** Depends on the language that the machine is set to. */
const localeMethods = new Set(
  `toLocaleString toLocaleDateString toLocaleTimeString toLocaleLowerCase toLocaleUpperCase localeCompare`.split(
    /\s+/,
  ),
);

/** Exact by the standard, on every engine and processor. */
const exactMaths = new Set(
  `abs ceil floor round trunc sign min max sqrt fround imul clz32 PI E LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2`.split(
    /\s+/,
  ),
);

export interface PurityOptions {
  /** The code's results must be the same bits everywhere: exact arithmetic only, nothing asynchronous. */
  readonly exact: boolean;
  /** Asynchronous code is allowed although the arithmetic is exact. */
  readonly asynchronous: boolean;
}

/** What keeps this file from being a deterministic function of its parameters. */
export function findImpurities(file: SourceFile, options: PurityOptions): Finding[] {
  const tree = parse(file);
  const findings: Finding[] = [];
  walk(tree, (node) => {
    const message = ambientUse(node, options) ?? (options.exact ? inexactUse(node, options) : undefined);
    if (message !== undefined) findings.push({ line: lineOf(tree, node.getStart(tree)), message });
  });
  return findings;
}

function ambientUse(node: ts.Node, options: PurityOptions): string | undefined {
  if (ts.isIdentifier(node) && isValue(node)) {
    if (ambientGlobals.has(node.text)) return `uses ${node.text}`;
    if (node.text === 'Math') return mathUse(node, options);
  }
  const name = accessedName(node);
  return name !== undefined && localeMethods.has(name) ? `uses ${name}` : undefined;
}

function mathUse(node: ts.Identifier, options: PurityOptions): string | undefined {
  const parent = node.parent;
  const name =
    ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
  if (name === undefined) return 'uses Math other than as Math.name';
  if (name === 'random') return 'uses Math.random: take a random stream of the state';
  return options.exact && !exactMaths.has(name)
    ? `uses Math.${name}: use the maths of the kernel`
    : undefined;
}

function inexactUse(node: ts.Node, options: PurityOptions): string | undefined {
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    const isPower =
      operator === ts.SyntaxKind.AsteriskAsteriskToken ||
      operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
    return isPower ? 'uses **, which engines round differently' : undefined;
  }
  if (ts.isForInStatement(node)) return 'uses for...in: its order is not part of the state';
  return options.asynchronous ? undefined : asynchronousUse(node);
}

function asynchronousUse(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && isValue(node) && unpredictableGlobals.has(node.text))
    return `uses ${node.text}`;
  if (ts.isAwaitExpression(node)) return 'awaits';
  return node.kind === ts.SyntaxKind.AsyncKeyword ? 'is asynchronous' : undefined;
}

function accessedName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isElementAccessExpression(node)) return undefined;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined;
}

/** Whether the identifier reads a variable, rather than naming a property, a declaration or a type. */
function isValue(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.initializer === node;
  }
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isQualifiedName(parent))
    return false;
  if (ts.isTypeNode(parent) && !ts.isExpressionWithTypeArguments(parent)) return ts.isTypeQueryNode(parent);
  return !isDeclarationName(node, parent);
}

function isDeclarationName(node: ts.Identifier, parent: ts.Node): boolean {
  return ts.isDeclarationStatement(parent) || ts.isTypeElement(parent) || ts.isClassElement(parent)
    ? (parent as ts.NamedDeclaration).name === node
    : false;
}

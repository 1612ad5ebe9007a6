import ts from 'typescript';
import type { SourceFile } from './sources.ts';

export interface Finding {
  readonly line: number;
  readonly message: string;
}

export function parse(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
}

/** Visits every node in the order of the text. */
export function walk(tree: ts.SourceFile, visit: (node: ts.Node) => void): void {
  const waiting: ts.Node[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(node);
    const children: ts.Node[] = [];
    node.forEachChild((child) => {
      children.push(child);
    });
    waiting.push(...children.reverse());
  }
}

export function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** The comments of a file with their positions. */
export function comments(
  file: SourceFile,
  tree: ts.SourceFile,
): { readonly position: number; readonly text: string }[] {
  const seen = new Map<number, string>();
  const add = (range: ts.CommentRange): void => {
    seen.set(range.pos, file.text.slice(range.pos, range.end));
  };
  walk(tree, (node) => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []) add(range);
    for (const range of ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? []) add(range);
  });
  return [...seen].map(([position, text]) => ({ position, text }));
}

export function describeFindings(file: SourceFile, findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${file.path}:${finding.line} ${finding.message}`);
}

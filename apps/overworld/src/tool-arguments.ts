import { parseArgs } from 'node:util';
import { StartupError } from '@overworld/service';

export interface ToolOption {
  readonly name: string;
  readonly value: string;
  readonly help: string;
}

const SHARED: readonly ToolOption[] = [
  { name: 'data', value: 'folder', help: 'the data folder (default: .data)' },
  { name: 'games', value: 'folder', help: 'where the rulesets of your own worlds are (default: games)' },
];

/** The options of a command-line tool; undefined when `--help` was asked for and printed. */
export function toolArguments(
  command: string,
  about: string,
  own: readonly ToolOption[],
): Readonly<Record<string, string | undefined>> | undefined {
  const options = [...own, ...SHARED];
  const values = parse(options.map(({ name }) => name));
  if (values.help !== true) return values as Record<string, string | undefined>;
  const lines = options.map(({ name, value, help }) => `  ${`--${name} <${value}>`.padEnd(18)} ${help}`);
  process.stdout.write(`Usage: ${command}\n${about}\n\n${lines.join('\n')}\n`);
  return undefined;
}

function parse(names: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const declared: Record<string, { readonly type: 'string' | 'boolean' }> = { help: { type: 'boolean' } };
  for (const name of names) declared[name] = { type: 'string' };
  try {
    return parseArgs({ options: declared, allowPositionals: false }).values as Record<
      string,
      string | boolean
    >;
  } catch (error) {
    throw new StartupError(`${(error as Error).message.split('. ')[0]}: see --help`);
  }
}

/** Runs a tool: errors of the operator's making are one line. The exit code is what it returns, 1 when it fails. */
export function runTool(work: () => Promise<number>): void {
  work().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${error instanceof StartupError ? error.message : detail}\n`);
      process.exitCode = 1;
    },
  );
}

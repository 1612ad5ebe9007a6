/** The options of a command line by name; what is not known is told in `problems`. */
export interface CommandLine {
  readonly values: ReadonlyMap<string, string>;
  readonly isHelpAsked: boolean;
  readonly problems: readonly string[];
}

/** Reads `--name value` and `--name=value`; `--help` and `-h` ask for help. */
export function readCommandLine(words: readonly string[], flags: ReadonlySet<string>): CommandLine {
  const values = new Map<string, string>();
  const problems: string[] = [];
  let isHelpAsked = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === '--help' || word === '-h') {
      isHelpAsked = true;
      continue;
    }
    const [, name = '', assigned] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const next = words[index + 1];
    if (!flags.has(name)) {
      problems.push(`${word} is not an option: see --help`);
    } else if (assigned !== undefined) {
      values.set(name, assigned);
    } else if (next === undefined || next.startsWith('--')) {
      problems.push(`--${name} needs a value`);
    } else {
      values.set(name, next);
      index++;
    }
  }
  return { values, isHelpAsked, problems };
}
